#include "model/target.hpp"

#include "model/restore_point.hpp"

#include <fmt/format.h>

namespace pitr {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

std::string_view kind_name(const Target& target) {
  return std::visit(Overloaded{
                        [](const ToLatest&) -> std::string_view { return "latest"; },
                        [](const ToImmediate&) -> std::string_view { return "immediate"; },
                        [](const ToLsn&) -> std::string_view { return "lsn"; },
                        [](const ToTime&) -> std::string_view { return "time"; },
                        [](const ToXid&) -> std::string_view { return "xid"; },
                        [](const ToRestorePoint&) -> std::string_view { return "restore_point"; },
                    },
                    target);
}

std::string describe(const Target& target, LsnNotation notation) {
  return std::visit(Overloaded{
                        [](const ToLatest&) -> std::string { return "the latest point"; },
                        [](const ToImmediate&) -> std::string { return "the snapshot itself"; },
                        [&](const ToLsn& to) { return "LSN " + format_lsn(to.lsn, notation); },
                        [](const ToTime& to) { return "time " + format_time(to.time); },
                        [](const ToXid& to) { return fmt::format("transaction {}", to.xid.value); },
                        [&](const ToRestorePoint& to) {
                          std::string text = "restore point " + to.name;
                          if (to.lsn) text += "@" + format_lsn(*to.lsn, notation);
                          return text;
                        },
                    },
                    target);
}

ToRestorePoint parse_restore_point_target(std::string_view text, LsnNotation notation) {
  ToRestorePoint target{std::string(text), std::nullopt};
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos && at > 0) {
    target.lsn = try_parse_lsn(text.substr(at + 1), notation);
    if (target.lsn) target.name = std::string(text.substr(0, at));
  }
  check_restore_point_name(target.name);
  return target;
}

}  // namespace pitr
