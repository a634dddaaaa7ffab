#include "base/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace pitr {

std::string_view code_name(Errc code) {
  switch (code) {
    case Errc::io_error:
      return "io_error";
    case Errc::internal:
      return "internal";
    case Errc::usage:
      return "usage";
    case Errc::not_found:
      return "not_found";
    case Errc::no_base_snapshot:
      return "no_base_snapshot";
    case Errc::ambiguous_target:
      return "ambiguous_target";
    case Errc::wal_gap:
      return "wal_gap";
    case Errc::target_unreachable:
      return "target_unreachable";
    case Errc::corrupt:
      return "corrupt";
    case Errc::conflict:
      return "conflict";
    case Errc::log_conflict:
      return "log_conflict";
    case Errc::unavailable:
      return "unavailable";
    case Errc::promise_broken:
      return "promise_broken";
  }
  return "internal";
}

Error::Error(Errc code, const std::string& message, std::string hint)
    : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

namespace {

std::string hint_for(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space there and run the same command again; nothing that was stored is lost";
    case EACCES:
    case EPERM:
      return "run as a user who may do this, or change the permissions";
    case EROFS:
      return "the file system is mounted read-only; mount it writable or use another place";
    default:
      return {};
  }
}

Errc code_for(int error) {
  switch (error) {
    case EAGAIN:
    case ESTALE:
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
      return Errc::unavailable;
    default:
      return Errc::io_error;
  }
}

}  // namespace

void throw_errno(int error, std::string_view doing, std::string_view path) {
  const std::string reason = std::generic_category().message(error);
  throw Error(code_for(error), fmt::format("cannot {} {}: {}", doing, path, reason), hint_for(error));
}

void throw_errno(std::string_view doing, std::string_view path) { throw_errno(errno, doing, path); }

}  // namespace pitr
