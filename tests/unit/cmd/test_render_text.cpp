#include "cmd/render_text.hpp"
#include "cmd/runner.hpp"
#include "unit/cmd/samples.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using namespace pitr::cmd::test;

namespace {

std::string listed(ListSubject subject, const TextStyle& style = {}) {
  ListRequest request;
  request.subject = subject;
  return render_text(make_listing(sample_inventory(), request), style);
}

ArchiveReport archived() {
  ArchiveReport report;
  report.timeline = {1};
  report.head = point(160, 10, 17);
  return report;
}

ArchivedSegment stored(std::uint64_t number, SegmentContent content, std::uint64_t start, std::uint64_t end,
                       std::uint64_t commits) {
  return {{number}, content, {start}, {end}, commits, std::nullopt, 1024, 512};
}

}  // namespace

TEST_CASE("text: a new repository") {
  CHECK(render_text(InitReport{"0011", "/backup/orders", "sqlite", {CodecKind::zstd, 3}}) ==
        "created repository 0011 at /backup/orders for sqlite, compressed with zstd:3\n");
}

TEST_CASE("text: an archive run with nothing new") {
  CHECK(render_text(archived(), {}) ==
        "nothing new on timeline 1 since LSN 160, 2026-11-23 10:10:00.000000Z, xid 17\n");
}

TEST_CASE("text: a run that was handed a file which is no segment") {
  ArchiveReport report = archived();
  report.head.reset();
  CHECK(render_text(report, {}) == "nothing new on timeline 1\n");
  report.files = {"00000002.history"};
  CHECK(render_text(report, {}) == "stored 00000002.history\n");
}

TEST_CASE("text: a first run, whose segments without log are not counted") {
  ArchiveReport report = archived();
  report.new_timeline = true;
  report.segments = {stored(1, SegmentContent::start, 0, 0, 0), stored(2, SegmentContent::log, 0, 100, 9),
                     stored(3, SegmentContent::log, 100, 160, 8),
                     stored(4, SegmentContent::mark, 160, 160, 0)};
  report.commits = 17;
  report.snapshot = "20261123T101000Z-00000a";
  report.snapshot_size = 4096;
  report.snapshot_new_bytes = 1024;
  CHECK(render_text(report, {}) ==
        "began timeline 1\n"
        "archived 17 commits on timeline 1: LSN 0 to 160, 2 segments, 2.0 KiB (1.0 KiB stored)\n"
        "took snapshot 20261123T101000Z-00000a on timeline 1: 4.0 KiB (1.0 KiB new)\n");
}

TEST_CASE("text: a bridge says how many commits it hides, and why") {
  ArchiveReport report = archived();
  report.segments = {stored(5, SegmentContent::bridge, 100, 117, 1)};
  report.segments.front().hidden_commits = 17;
  report.commits = 1;
  report.reason = "the log was overwritten";
  CHECK(render_text(report, {}) ==
        "archived 1 commit on timeline 1: LSN 100 to 117, 1 segment, 1.0 KiB (512 B stored)\n"
        "bridge from LSN 100 to 117: 17 commits in between cannot be restored one by one: the log was "
        "overwritten\n");
  report.segments.front().hidden_commits.reset();
  CHECK(render_text(report, {}).find("an unknown number of commits in between") != std::string::npos);
}

TEST_CASE("text: a gap and a new timeline say why") {
  ArchiveReport report = archived();
  report.gap = true;
  report.reason = "nothing connects it";
  CHECK(render_text(report, {}) == "gap: log before this run's snapshot is missing: nothing connects it\n");
  report.gap = false;
  report.new_timeline = true;
  CHECK(render_text(report, {}) == "began timeline 1: nothing connects it\n");
}

TEST_CASE("text: verbose shows every segment stored") {
  ArchiveReport report = archived();
  report.segments = {stored(2, SegmentContent::log, 0, 160, 1234)};
  report.commits = 1234;
  CHECK(render_text(report, {80, false, true}) ==
        "archived 1,234 commits on timeline 1: LSN 0 to 160, 1 segment, 1.0 KiB (512 B stored)\n"
        "  segment  content  start lsn  end lsn  commits     size  stored\n"
        "        2  log              0      160    1,234  1.0 KiB   512 B\n");
}

TEST_CASE("text: the overview") {
  CHECK(listed(ListSubject::overview, {62, false, true}) ==
        R"(/backup/orders
  sqlite, zstd:1, 12.0 MiB stored, created 2026-11-23 10:00:00Z

timeline 1
  2026-11-23 10:00:00Z to 2026-11-23 10:20:00Z, 20 min, 11 commits, 1 bridge, then a gap
  2026-11-23 10:30:00Z to 2026-11-23 11:00:00Z, 30 min, 12 commits
  complete to 2026-11-23 11:00:00Z, 15 min ago
  newest snapshot 20261123T103000Z-00000b, 45 min ago, 12.0 MiB

  S                             S        R                   R
  =========~~~=========.........==============================
  2026-11-23 10:00:00Z                    2026-11-23 11:00:00Z
  = recoverable  ~ bridge  . gap  S snapshot  R restore point

timeline 2, from timeline 1 at LSN 250
  2026-11-23 10:45:00Z to 2026-11-23 11:12:00Z, 27 min, 1 commit, then a conflict
  complete to 2026-11-23 11:12:00Z, 3 min ago

                                                             !
  ============================================================
  2026-11-23 10:45:00Z                    2026-11-23 11:12:00Z
  = recoverable  ! conflict

problems (pitrctl validate tells more)
  gap on timeline 1, LSN 100 to 201, 2026-11-23 10:20:00Z to 2026-11-23 10:30:00Z: segments 3 to 4 are missing
  conflict on timeline 2: segment 9 does not continue segment 8
  damaged: restore-points/x: it is no JSON
  damaged: segment 6 of timeline 1: its sum does not hold

restore point     timeline  lsn  time                         kept in     description
before-migration         1  240  2026-11-23 10:40:00.000000Z  log
v2                       1  300  2026-11-23 11:00:00.000000Z  repository  before \x1b[2J 2.0

repository id 00112233445566778899aabbccddeeff
not an object of a repository: notes.txt
)");
}

TEST_CASE("text: an empty repository") {
  Inventory inventory = sample_inventory();
  inventory.catalogue = {};
  inventory.survey = {};
  CHECK(render_text(make_listing(inventory, {}), {}) ==
        "/backup/orders\n  sqlite, zstd:1, 12.0 MiB stored, created 2026-11-23 10:00:00Z\n\nnothing is "
        "archived here yet\n");
  for (const ListSubject subject : {ListSubject::windows, ListSubject::snapshots, ListSubject::segments,
                                    ListSubject::timelines, ListSubject::restore_points}) {
    ListRequest request;
    request.subject = subject;
    const std::string text = render_text(make_listing(inventory, request), {});
    CHECK(text.starts_with("no "));
    CHECK(text.ends_with("\n"));
  }
}

TEST_CASE("text: a timeline without windows has no commit yet, or is cut off") {
  Inventory inventory = sample_inventory();
  inventory.survey.windows.clear();
  const std::string text = render_text(make_listing(inventory, {}), {});
  CHECK(text.find("\ntimeline 1\n  no point of it can be restored\n") != std::string::npos);
  CHECK(text.find("at LSN 250\n  no commit of its own yet\n") != std::string::npos);
}

TEST_CASE("text: windows") {
  CHECK(
      listed(ListSubject::windows) ==
      R"(timeline  start                        lsn  end                          lsn  commits  bridges  ended by   stored  snapshot
       1  2026-11-23 10:00:00.000000Z    0  2026-11-23 10:20:00.000000Z  100       11        1  gap       4.0 MiB  20261123T100000Z-00000a
       1  2026-11-23 10:30:00.000000Z  201  2026-11-23 11:00:00.000000Z  300       12        0  head      8.0 MiB  20261123T103000Z-00000b
       2  2026-11-23 10:45:00.000000Z  250  2026-11-23 11:12:00.000000Z  260        1        0  conflict    512 B  20261123T103000Z-00000b
)");
}

TEST_CASE("text: segments, the damaged one with its problem") {
  CHECK(
      listed(ListSubject::segments) ==
      R"(timeline  segment  content  start lsn  end lsn  commits  first seen after             last seen                       size   stored
       1        1  log              0      100        3  2026-11-23 10:18:00.000000Z  2026-11-23 10:20:00.000000Z  3.0 MiB  1.0 MiB
       1        5  log            201      300        3  2026-11-23 10:58:00.000000Z  2026-11-23 11:00:00.000000Z  3.0 MiB  1.0 MiB
       1        6  damaged          -        -        -  -                            -                                  -        -
       2        8  log            250      260        3  2026-11-23 11:10:00.000000Z  2026-11-23 11:12:00.000000Z  3.0 MiB  1.0 MiB
  damaged: segment 6 of timeline 1: its sum does not hold
)");
}

TEST_CASE("text: snapshots, timelines and restore points") {
  CHECK(
      listed(ListSubject::snapshots) ==
      R"(snapshot                 timeline  time                         lsn  taken                 files      size      new
20261123T100000Z-00000a         1  2026-11-23 10:00:00.000000Z    0  2026-11-23 10:00:00Z      1  12.0 MiB  1.0 MiB
20261123T103000Z-00000b         1  2026-11-23 10:30:00.000000Z  201  2026-11-23 10:30:00Z      1  12.0 MiB  1.0 MiB
)");
  CHECK(listed(ListSubject::timelines) ==
        R"(timeline  parent  fork lsn  began                 segments  complete to
       1       -         -  2026-11-23 10:00:00Z         3  2026-11-23 11:00:00.000000Z
       2       1       250  2026-11-23 11:10:00Z         1  2026-11-23 11:12:00.000000Z
)");
  CHECK(
      listed(ListSubject::restore_points) ==
      R"(restore point     timeline  lsn  time                         created               kept in     description
before-migration         1  240  2026-11-23 10:40:00.000000Z  2026-11-23 11:01:00Z  log
v2                       1  300  2026-11-23 11:00:00.000000Z  2026-11-23 11:01:00Z  repository  before \x1b[2J 2.0
)");
}

TEST_CASE("text: what a limit left out is said") {
  ListRequest request;
  request.subject = ListSubject::timelines;
  request.limit = 1;
  CHECK(render_text(make_listing(sample_inventory(), request), {}).ends_with("(1 older not shown)\n"));
}

TEST_CASE("text: transactions show the looks they lie between, and bridges") {
  TransactionList list;
  list.transactions = {{{1}, {point(90, 18, 11), minute(17), minute(18)}, false},
                       {{1}, {point(100, 20, 12), std::nullopt, minute(20)}, true}};
  list.truncated = true;
  CHECK(render_text(list) ==
        R"(timeline  xid  lsn  after                        not after
       1   11   90  2026-11-23 10:17:00.000000Z  2026-11-23 10:18:00.000000Z
       1   12  100  -                            2026-11-23 10:20:00.000000Z  bridge
(older ones not shown; --limit N shows more)
)");
}

TEST_CASE("text: a plan and its result") {
  CHECK(render_text(sample_plan(), {80, false, true}) ==
        R"(plan
  target         time 2026-11-23T10:19:00.000000Z, on timeline 1
  reaches        LSN 90, 2026-11-23 10:18:00.000000Z, xid 11
  drops from     LSN 100, 2026-11-23 10:20:00.000000Z, xid 12
  undecidable    1 dropped commit may have been made before the target time
  snapshot       20261123T100000Z-00000a, 12.0 MiB
  log            1 segment, 3.0 MiB (1.0 MiB stored)
  writes to      /restore
  space          15.0 MiB needed, 1.0 GiB free
  not from       20261123T103000Z-00000b: it is later than the target
  warning        a later commit has an earlier time
  segment        segments/00000001/0000000000000001.seg
  planned in     0.2 s
)");
  CHECK(render_text(sample_result(), sample_plan()) ==
        R"(restored
  file           /restore/orders.db
  size           12.0 MiB
  reached        LSN 90, 2026-11-23 10:18:00.000000Z, xid 11
  snapshot       12.0 MiB read in 0.5 s
  log            3.0 MiB, 1,234 records, 11 transactions in 1.5 s
  written        13.0 MiB, synced in 0.1 s
  total          2.3 s
)");
}

TEST_CASE("text: a refusal shows the nearest points between error and hint") {
  std::ostringstream out;
  std::ostringstream err;
  print_refusal({out, err}, false, sample_refusal());
  CHECK(out.str().empty());
  CHECK(err.str() ==
        R"(error: LSN 150 is inside a gap
  nearest before timeline 1, LSN 100, 2026-11-23 10:20:00.000000Z, xid 12
  nearest after  timeline 1, LSN 201, 2026-11-23 10:30:00.000000Z, xid 20
  candidate      timeline 2, LSN 150
hint: pitrctl restore --to-lsn 100
)");
}

TEST_CASE("text: findings, source and verdict") {
  CHECK(render_text(sample_validation(), {80, false, true}) ==
        R"(code     object                                  finding
wal_gap  -                                       segments 3 to 4 of timeline 1 are missing
corrupt  segments/00000001/0000000000000006.seg  its sum does not hold
source /srv/orders.db: 3 commits not archived
note: an unfinished snapshot left 2 packs
not healthy, 2 findings: 4 segments, 2 snapshots, 3 windows; checked 9 objects (12.0 MiB read) to the level of checksums in 0.4 s
)");
  ValidateReport healthy;
  CHECK(render_text(healthy, {}) ==
        "healthy: 0 segments, 0 snapshots, 0 windows; checked 0 objects (0 B read) to the level of chain in "
        "0.0 s\n");
}

TEST_CASE("text: a snapshot of a damaged database says which pages, and how many more") {
  ArchiveReport report;
  report.snapshot = "20261123T101112Z-1a2b3c";
  report.damaged_pages = 3;
  report.damage = {"base/5/1259, block 7"};
  const std::string text = render_text(report, {});
  CHECK(text.find("DAMAGED: 3 pages of the database") != std::string::npos);
  CHECK(text.ends_with("  base/5/1259, block 7\n  and 2 more\n"));
}

TEST_CASE("text: a restore point whose log has not arrived cannot be restored yet") {
  CreateRestorePointReport report;
  report.restore_point.name = "v2";
  report.archived = false;
  CHECK(render_text(report, {}).ends_with("it cannot be restored until then\n"));
}

TEST_CASE("text: restore points come and go") {
  CreateRestorePointReport report;
  report.restore_point.name = "v2";
  report.restore_point.timeline = {1};
  report.restore_point.point = point(160, 10, 17);
  report.archive = archived();
  CHECK(render_text(report, {})
            .ends_with(
                "created restore point v2 on timeline 1 at LSN 160, 2026-11-23 10:10:00.000000Z, xid 17\n"));
  CHECK(render_text(DeleteRestorePointReport{report.restore_point, report.notation}) ==
        "deleted restore point v2 on timeline 1 at LSN 160, 2026-11-23 10:10:00.000000Z, xid 17\n");
}

TEST_CASE("text: what is wrong with the live log is told also when nothing else is") {
  ArchiveReport report;
  report.damage = {"record 66 is damaged"};
  const std::string text = render_text(report, {});
  CHECK(text.starts_with("nothing new on timeline"));
  CHECK(
      text.ends_with("DAMAGED: the log of the database cannot be read on behind what is archived\n  record "
                     "66 is damaged\n"));
}

TEST_CASE("text: commits that nobody knows are not counted") {
  ArchiveReport report = archived();
  report.segments = {stored(2, SegmentContent::log, 0, 100, 9)};
  report.segments[0].commits.reset();
  report.commits.reset();
  const std::string text = render_text(report, {.verbose = true});
  CHECK(text.find("archived an unknown number of commits on timeline") != std::string::npos);
  CHECK(text.find("  ?  ") != std::string::npos);
}

TEST_CASE("text: a new repository comes with advice where there is some") {
  InitReport report{"0011", "/backup/agent", "sochdb", {CodecKind::none, 1}, "do this"};
  CHECK(render_text(report).ends_with("\nhint: do this\n"));
}

TEST_CASE("text: remarks on the log are warnings, each once") {
  Inventory inventory = sample_inventory();
  const TimelineId timeline = inventory.catalogue.timelines.begin()->first;
  const auto& segments = inventory.catalogue.timelines.begin()->second.segments;
  REQUIRE(segments.size() > 1);
  for (std::size_t i = 0; i < 2; ++i)
    inventory.log_remarks[{timeline, segments[i].number}] = {"the log was truncated"};
  for (const ListSubject subject : {ListSubject::overview, ListSubject::segments}) {
    ListRequest request;
    request.subject = subject;
    const std::string text = render_text(make_listing(inventory, request), {});
    CHECK(text.ends_with("\nwarning: the log was truncated\n"));
    CHECK(text.find("warning: ") == text.rfind("warning: "));
  }
  ValidateReport report;
  report.remarks = {"the log was truncated"};
  CHECK(report.healthy());
  CHECK(render_text(report, {}).starts_with("warning: the log was truncated\nhealthy"));
}
