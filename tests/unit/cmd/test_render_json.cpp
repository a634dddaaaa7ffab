#include "cmd/render_json.hpp"
#include "cmd/runner.hpp"
#include "unit/cmd/samples.hpp"

#include <sstream>
#include <vector>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using namespace pitr::cmd::test;

namespace {

Json listed(ListSubject subject) {
  ListRequest request;
  request.subject = subject;
  return render_json(make_listing(sample_inventory(), request));
}

// The document as it is written on one line, for comparing.
std::string line(const Json& json) { return json.dump(); }

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [key, value] : json.items()) names.push_back(key);
  return names;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("json: a new repository") {
  CHECK(
      line(render_json(InitReport{"0011", "/backup/orders", "sqlite", {CodecKind::none, 1}})) ==
      R"({"schema":"pitrctl/init/1","repository":"0011","location":"/backup/orders","engine":"sqlite","compression":"none","advice":null})");
}

TEST_CASE("json: an archive run") {
  ArchiveReport report;
  report.timeline = {1};
  report.head = Point{{160}, minute(10), std::nullopt};
  report.segments = {{{5}, SegmentContent::bridge, {100}, {117}, 1, 17, 1024, 512}};
  report.files = {"00000002.history"};
  report.commits = 1;
  report.reason = "overwritten";
  report.snapshot = "S";
  report.snapshot_size = 9;
  report.snapshot_new_bytes = 3;
  CHECK(
      line(render_json(report, "pitrctl/archive/1")) ==
      R"({"schema":"pitrctl/archive/1","timeline":1,"new_timeline":false,"segments":[{"number":5,"content":"bridge",)"
      R"("start_lsn":"100","end_lsn":"117","commits":1,"hidden_commits":17,"size":1024,"stored_size":512}],)"
      R"("files":["00000002.history"],"snapshot":{"id":"S","size":9,"new_bytes":3,"damaged_pages":0},"gap":false,"reason":"overwritten",)"
      R"("head":{"lsn":"160","time":"2026-11-23T10:10:00.000000Z","xid":null},"commits":1,"damage":[]})");
  report.notation = LsnNotation::hex_pair;
  report.snapshot.reset();
  report.reason.clear();
  CHECK(render_json(report, "pitrctl/archive/1").at("head").at("lsn") == "0/A0");
  report.head.reset();
  const Json json = render_json(report, "pitrctl/snapshot/1");
  CHECK(json.at("schema") == "pitrctl/snapshot/1");
  CHECK(json.at("snapshot").is_null());
  CHECK(json.at("reason").is_null());
  CHECK(json.at("head").is_null());
}

TEST_CASE("json: windows with their bridges") {
  const Json json = listed(ListSubject::windows);
  CHECK(keys(json) == Keys{"schema", "subject", "windows", "truncated"});
  CHECK(json.at("schema") == "pitrctl/list/1");
  CHECK(
      line(json.at("windows").at(0)) ==
      R"({"timeline":1,"snapshot":"20261123T100000Z-00000a",)"
      R"("start":{"lsn":"0","time":"2026-11-23T10:00:00.000000Z","xid":0},)"
      R"("end":{"lsn":"100","time":"2026-11-23T10:20:00.000000Z","xid":12},"ended_by":"gap","commits":11,)"
      R"("stored_size":4194304,"bridges":[{"start":{"lsn":"50","time":"2026-11-23T10:08:00.000000Z","xid":5},)"
      R"("end":{"lsn":"60","time":"2026-11-23T10:12:00.000000Z","xid":9},"hidden_commits":4}]})");
}

TEST_CASE("json: the overview holds all but the long arrays") {
  const Json json = listed(ListSubject::overview);
  CHECK(keys(json) == Keys{"schema", "subject", "repository", "looked_at", "timelines", "windows",
                           "snapshots", "restore_points", "gaps", "conflicts", "damaged", "log_remarks",
                           "unknown_objects"});
  CHECK(
      line(json.at("repository")) ==
      R"({"id":"00112233445566778899aabbccddeeff","location":"/backup/orders","engine":"sqlite","compression":"zstd:1",)"
      R"("created_at":"2026-11-23T10:00:00.000000Z","stored_size":12583424})");
  CHECK(line(json.at("gaps")) ==
        R"([{"timeline":1,"start":{"lsn":"100","time":"2026-11-23T10:20:00.000000Z","xid":12},)"
        R"("end":{"lsn":"201","time":"2026-11-23T10:30:00.000000Z","xid":20},)"
        R"("reason":"segments 3 to 4 are missing","missing_objects":true}])");
  CHECK(line(json.at("conflicts")) ==
        R"([{"timeline":2,"segment":9,"message":"segment 9 does not continue segment 8"}])");
  CHECK(line(json.at("damaged")) ==
        R"([{"object":"restore-points/x","problem":"it is no JSON"},)"
        R"({"object":"segments/00000001/0000000000000006.seg","problem":"its sum does not hold"}])");
  CHECK(line(json.at("unknown_objects")) == R"(["notes.txt"])");
}

TEST_CASE("json: snapshots, timelines and restore points") {
  CHECK(
      line(listed(ListSubject::snapshots).at("snapshots").at(0)) ==
      R"({"id":"20261123T100000Z-00000a","timeline":1,"start_lsn":"0","consistent_lsn":"0",)"
      R"("point":{"lsn":"0","time":"2026-11-23T10:00:00.000000Z","xid":0},"captured_to":null,)"
      R"("created_at":"2026-11-23T10:00:00.000000Z","files":1,"size":12582912,"new_bytes":1048576,"remarks":[]})");
  CHECK(
      line(listed(ListSubject::timelines).at("timelines").at(1)) ==
      R"({"timeline":2,"parent":1,"fork_lsn":"250","created_at":"2026-11-23T11:10:00.000000Z","restore_id":null,)"
      R"("segments":1,"complete_to":"2026-11-23T11:12:00.000000Z"})");
  CHECK(
      line(listed(ListSubject::restore_points).at("restore_points").at(0)) ==
      R"({"name":"before-migration","timeline":1,"lsn":"240","time":"2026-11-23T10:40:00.000000Z","xid":25,)"
      R"("description":"","created_at":"2026-11-23T11:01:00.000000Z","logged":true})");
}

TEST_CASE("json: a segment that cannot be read has the same members, null") {
  const Json json = listed(ListSubject::segments);
  const Json& segments = json.at("segments");
  REQUIRE(segments.size() == 4);
  CHECK(keys(segments.at(0)) == keys(segments.at(2)));
  CHECK(segments.at(0).at("problem").is_null());
  CHECK(segments.at(0).at("object") == "segments/00000001/0000000000000001.seg");
  CHECK(segments.at(0).at("last").at("lsn") == "100");
  CHECK(segments.at(2).at("problem") == "its sum does not hold");
  CHECK(segments.at(2).at("content").is_null());
}

TEST_CASE("json: transactions") {
  TransactionList list;
  list.transactions = {{{1}, {point(90, 18, 11), minute(17), minute(18)}, true}};
  list.truncated = true;
  CHECK(line(render_json(list)) ==
        R"({"schema":"pitrctl/list/1","subject":"transactions","transactions":[{"timeline":1,"lsn":"90",)"
        R"("time":"2026-11-23T10:18:00.000000Z","xid":11,"not_before":"2026-11-23T10:17:00.000000Z",)"
        R"("not_after":"2026-11-23T10:18:00.000000Z","bridge":true}],"truncated":true})");
}

TEST_CASE("json: a plan and its result") {
  const Json json = render_json(sample_plan());
  CHECK(keys(json) == Keys{"schema", "plan"});
  CHECK(
      line(json.at("plan")) ==
      R"({"repository":"00112233445566778899aabbccddeeff","engine":"sqlite","target":"time 2026-11-23T10:19:00.000000Z",)"
      R"("target_directory":"/restore","timeline":1,"snapshot":"20261123T100000Z-00000a",)"
      R"("segments":[{"timeline":1,"number":1,"last_number":1,"object":"segments/00000001/0000000000000001.seg"}],"stop_lsn":"90",)"
      R"("reached":{"lsn":"90","time":"2026-11-23T10:18:00.000000Z","xid":11},)"
      R"("first_dropped":{"lsn":"100","time":"2026-11-23T10:20:00.000000Z","xid":12},"undecidable_commits":1,)"
      R"("snapshot_size":12582912,"log_size":3145728,"log_stored_size":1048576,"space_needed":15728640,)"
      R"("space_free":1073741824,"other_directories":[],"removes":[],"planning_seconds":0.2,"warnings":["a later commit has an earlier time"],)"
      R"("rejected_snapshots":[{"id":"20261123T103000Z-00000b","reason":"it is later than the target"}]})");
  CHECK(
      line(render_json(sample_result(), sample_plan())) ==
      R"({"reached":{"lsn":"90","time":"2026-11-23T10:18:00.000000Z","xid":11},"timeline":1,"restore_id":"cafe",)"
      R"("files":["orders.db"],"size":12582912,"snapshot_bytes":12582912,"log_bytes":3145728,"compared_bytes":0,"written_bytes":13631488,)"
      R"("records":1234,"transactions":11,"snapshot_seconds":0.5,"log_seconds":1.5,"sync_seconds":0.1,"next_step":null,"total_seconds":2.3})");
}

TEST_CASE("json: a refusal is one document on standard output, with the nearest points") {
  std::ostringstream out;
  std::ostringstream err;
  print_refusal({out, err}, true, sample_refusal());
  CHECK(err.str().empty());
  CHECK(
      line(parse_json(out.str(), "output")) ==
      R"({"error":{"code":"wal_gap","message":"LSN 150 is inside a gap","hint":"pitrctl restore --to-lsn 100",)"
      R"("before":{"timeline":1,"lsn":"100","time":"2026-11-23T10:20:00.000000Z","xid":12},)"
      R"("after":{"timeline":1,"lsn":"201","time":"2026-11-23T10:30:00.000000Z","xid":20},)"
      R"("candidates":[{"timeline":2,"lsn":"150","time":null,"xid":null}]}})");
}

TEST_CASE("json: findings") {
  const Json json = render_json(sample_validation());
  CHECK(
      line(json) ==
      R"({"schema":"pitrctl/validate/1","repository":"00112233445566778899aabbccddeeff","level":"checksums","healthy":false,)"
      R"("findings":[{"code":"wal_gap","object":null,"message":"segments 3 to 4 of timeline 1 are missing"},)"
      R"({"code":"corrupt","object":"segments/00000001/0000000000000006.seg","message":"its sum does not hold"}],)"
      R"("notes":["an unfinished snapshot left 2 packs"],"remarks":[],)"
      R"("source":{"source":"/srv/orders.db","commits_not_archived":3,"message":null},"objects":9,"bytes_read":12582912,)"
      R"("segments":4,"snapshots":2,"windows":3,"seconds":0.4})");
}

TEST_CASE("json: restore points come and go") {
  CreateRestorePointReport report;
  report.restore_point.name = "v2";
  report.restore_point.timeline = {1};
  const Json created = render_json(report);
  CHECK(keys(created) == Keys{"schema", "created", "archived", "archive"});
  CHECK(created.at("schema") == "pitrctl/restore-point/1");
  const Json deleted = render_json(DeleteRestorePointReport{report.restore_point, report.notation});
  CHECK(keys(deleted) == Keys{"schema", "deleted"});
  CHECK(deleted.at("deleted") == created.at("created"));
}

TEST_CASE("json: what is not UTF-8 does not break a document") {
  Json json;
  json["name"] = "\xff";
  CHECK(document_text(json) == "{\n  \"name\": \"\xef\xbf\xbd\"\n}\n");
}

TEST_CASE("json: a file that was fetched, and one that is not there") {
  FetchReport report{FetchReport::Origin::spool, "00000002.history", "/to", 42, {}};
  CHECK(line(render_json(report)) ==
        R"({"schema":"pitrctl/fetch/1","name":"00000002.history","found":true,"destination":"/to","size":42,)"
        R"("prefetched":true,"reason":null})");
  report = {FetchReport::Origin::nowhere, "00000002.history", "/to", 0, "why"};
  CHECK(
      line(render_json(report)) ==
      R"({"schema":"pitrctl/fetch/1","name":"00000002.history","found":false,"destination":null,"size":null,)"
      R"("prefetched":false,"reason":"why"})");
}
