#include "model/target.hpp"
#include "support/caught.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr LsnNotation kDecimal = LsnNotation::decimal;

}  // namespace

TEST_CASE("every kind of target has its name and its description") {
  struct Row {
    Target target;
    const char* kind;
    const char* description;
  };
  for (const Row& row : {
           Row{ToLatest{}, "latest", "the latest point"},
           Row{ToImmediate{}, "immediate", "the snapshot itself"},
           Row{ToLsn{{1234}}, "lsn", "LSN 1234"},
           Row{ToTime{parse_time("2026-11-23T10:11:12Z")}, "time", "time 2026-11-23T10:11:12.000000Z"},
           Row{ToXid{{17}}, "xid", "transaction 17"},
           Row{ToRestorePoint{"before", std::nullopt}, "restore_point", "restore point before"},
           Row{ToRestorePoint{"before", Lsn{5}}, "restore_point", "restore point before@5"},
       }) {
    CHECK(kind_name(row.target) == row.kind);
    CHECK(describe(row.target, kDecimal) == row.description);
  }
  CHECK(describe(ToLsn{{0x16B3740}}, LsnNotation::hex_pair) == "LSN 0/16B3740");
}

TEST_CASE("a restore point's name may be followed by its LSN") {
  struct Row {
    const char* text;
    LsnNotation notation;
    const char* name;
    std::optional<Lsn> lsn;
  };
  for (const Row& row : {
           Row{"before", kDecimal, "before", std::nullopt},
           Row{"before@1234", kDecimal, "before", Lsn{1234}},
           Row{"me@home", kDecimal, "me@home", std::nullopt},
           Row{"me@home@7", kDecimal, "me@home", Lsn{7}},
           Row{"before@", kDecimal, "before@", std::nullopt},
           Row{"@7", kDecimal, "@7", std::nullopt},
           Row{"before@0/A", kDecimal, "before@0/A", std::nullopt},
           Row{"before@0/A", LsnNotation::hex_pair, "before", Lsn{10}},
           Row{"before@10", LsnNotation::hex_pair, "before@10", std::nullopt},
       }) {
    CAPTURE(row.text);
    const ToRestorePoint target = parse_restore_point_target(row.text, row.notation);
    CHECK(target.name == row.name);
    CHECK(target.lsn == row.lsn);
  }
}

TEST_CASE("a restore point without a name is a usage error") {
  CHECK(caught([] { (void)parse_restore_point_target("", kDecimal); }).code() == Errc::usage);
  CHECK(caught([] { (void)parse_restore_point_target("a\nb", kDecimal); }).code() == Errc::usage);
}
