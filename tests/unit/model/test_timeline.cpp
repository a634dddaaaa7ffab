#include "model/timeline.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr LsnNotation kDecimal = LsnNotation::decimal;

TimelineDocument some_timeline() {
  TimelineDocument document{kRepositoryId, {2},    TimelineId{1}, Lsn{5},
                            {3},           "0a1b", Timestamp{8},  Json::object()};
  document.source["path"] = "/var/lib/app.db";
  return document;
}

}  // namespace

TEST_CASE("a timeline's document reads like this") {
  CHECK(
      to_json(some_timeline(), kDecimal).dump() ==
      R"({"format":1,"kind":"timeline","repository":"0123456789abcdef0123456789abcdef","timeline":2,"parent":1,)"
      R"("fork_lsn":"5","first_number":3,"restore_id":"0a1b","created_at":"1970-01-01T00:00:00.000008Z",)"
      R"("source":{"path":"/var/lib/app.db"}})");
}

TEST_CASE("a timeline is read back as it was stored, with a parent and without") {
  TimelineDocument document = some_timeline();
  for (int i = 0; i < 2; ++i) {
    const Json json = parse_json(to_json(document, kDecimal).dump(), "here");
    const TimelineDocument back = timeline_from_json(json, kDecimal, "here");
    CHECK(back.timeline == document.timeline);
    CHECK(back.parent == document.parent);
    CHECK(back.fork_lsn == document.fork_lsn);
    CHECK(back.first_number == document.first_number);
    CHECK(back.restore_id == document.restore_id);
    CHECK(back.created_at == document.created_at);
    CHECK(back.source == document.source);
    document.parent.reset();
    document.fork_lsn.reset();
    document.restore_id.reset();
  }
}

TEST_CASE("a damaged timeline is corrupt, whatever the damage") {
  check_damage(to_json(some_timeline(), kDecimal), {"/source"}, {"/restore_id"},
               [](const Json& json) { (void)timeline_from_json(json, kDecimal, "here"); });
}

TEST_CASE("a parent comes with its fork, and before its child") {
  TimelineDocument document = some_timeline();
  document.fork_lsn.reset();
  CHECK(caught([&] { (void)to_json(document, kDecimal); }).code() == Errc::internal);
  document = some_timeline();
  document.parent.reset();
  CHECK(caught([&] { (void)to_json(document, kDecimal); }).code() == Errc::internal);
  document = some_timeline();
  document.parent = document.timeline;
  CHECK(caught([&] { (void)to_json(document, kDecimal); }).code() == Errc::internal);
  document.parent = TimelineId{3};
  CHECK(caught([&] { (void)to_json(document, kDecimal); }).code() == Errc::internal);
}
