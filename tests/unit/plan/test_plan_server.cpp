#include "plan/snapshot_log.hpp"
#include "plan_checks.hpp"
#include "server_log.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

using Kind = ServerRecord::Kind;

PlanRequest of_server(PlanRequest request) {
  request.log = kServerTraits;
  return request;
}

Plan planned_of(CatalogueBuilder& archive, const PlanRequest& request) {
  return planned(archive, of_server(request));
}

Refusal refused_of(CatalogueBuilder& archive, const PlanRequest& request) {
  return refused(archive, of_server(request));
}

// Segments of 100, from number 2 on; timeline 1 was backed up at 201..221 and committed at 231 (second 10,
// transaction 701), 241 (11, 702) and 251 (12, 703).
ServerLog begun() {
  ServerLog log(100, 1, 2);
  log.write(1, 10).write(1, 10);
  return log.commit(1, 10, 701).commit(1, 11, 702).commit(1, 12, 703);
}

CatalogueBuilder archived(const ServerLog& log) {
  CatalogueBuilder archive = log.archive();
  archive.put(log.backup(1, 201, 221, 5));
  return archive;
}

// Timeline 1 is full up to 400 and was left at 431; timeline 2 went on from there, and has segment 4 with a
// copy of what timeline 1 wrote into its own, which was never full.
ServerLog failed_over() {
  ServerLog log = begun();
  log.fill(1, 400).commit(1, 20, 710);  // ends at 411
  log.write(1, 10, {.kind = Kind::restore_point, .time = 21, .name = "before"}).write(1, 10);
  log.fork(2, 1, 431).commit(2, 30, 720).fill(2, 600);
  return log;
}

}  // namespace

TEST_CASE("a time is cut where the first record that is later starts") {
  ServerLog log = begun();
  SUBCASE("a commit, and what stands before it is kept") {
    log.write(1, 10).commit(1, 20, 704).fill(1, 400);
    auto archive = archived(log);
    const Plan plan = planned_of(archive, to_time(15));
    CHECK(plan.stop == Lsn{261});
    CHECK(plan.reached.lsn == Lsn{251});
    CHECK(lsn_of(plan.first_dropped) == 271);
    CHECK(!plan.decided_by);
    CHECK(planned_of(archive, to_time(12)).stop == Lsn{261});
    CHECK(planned_of(archive, exclusive(to_time(12))).stop == Lsn{241});
  }
  SUBCASE("an abort") {
    log.write(1, 10, {.kind = Kind::abort, .time = 20}).commit(1, 21, 705).fill(1, 400);
    auto archive = archived(log);
    const Plan plan = planned_of(archive, to_time(15));
    CHECK(plan.stop == Lsn{251});
    CHECK(lsn_of(plan.first_dropped) == 271);
  }
  SUBCASE("one that began in the segment before") {
    log.fill(1, 295).commit(1, 20, 704).fill(1, 500);
    auto archive = archived(log);
    const Plan plan = planned_of(archive, to_time(15));
    CHECK(plan.stop == Lsn{295});
    CHECK(numbers(plan) == Numbers{2});
    REQUIRE(plan.decided_by.has_value());
    CHECK(plan.decided_by->entry.number == SegmentNumber{3});
  }
  SUBCASE("later ones with earlier times are dropped too") {
    log.commit(1, 20, 704).commit(1, 13, 705).fill(1, 400);
    auto archive = archived(log);
    const Plan plan = planned_of(archive, to_time(15));
    CHECK(plan.stop == Lsn{251});
    REQUIRE(plan.warnings.size() == 1);
    CHECK(contains(plan.warnings[0], "1 commit later in the log with earlier times"));
  }
}

TEST_CASE("of a log that holds times only the segment that is cut is scanned") {
  ServerLog log = begun();
  log.fill(1, 300).commit(1, 20, 704).fill(1, 400).commit(1, 30, 705).fill(1, 500);
  auto archive = archived(log);
  CHECK(planned_of(archive, to_time(25)).stop == Lsn{401});
  CHECK(archive.scanned.size() == 1);
}

TEST_CASE("the end of a log is reached by a time that it shows to be over") {
  ServerLog log = begun();
  log.write(1, 10, {.kind = Kind::checkpoint, .time = 60}).fill(1, 300);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, to_time(60));
  CHECK(plan.stop == Lsn{300});
  CHECK(plan.reached.lsn == Lsn{251});
  const Refusal after = refused_of(archive, to_time(60.5));
  CHECK(after.code == Errc::target_unreachable);
  CHECK(lsn_of(after.before) == 251);
}

TEST_CASE("a backup during which something later than the target was written does not do") {
  ServerLog log = begun();
  log.fill(1, 300).commit(1, 50, 704).commit(1, 20, 705).commit(1, 60, 706).fill(1, 400);
  auto archive = archived(log);
  archive.put(log.backup(1, 291, 321, 20));
  SUBCASE("and an older one is taken") {
    const Plan plan = planned_of(archive, to_time(30));
    CHECK(plan.snapshot == "B0221a");
    CHECK(plan.stop == Lsn{301});
    REQUIRE(plan.rejected.size() == 1);
    CHECK(contains(plan.rejected[0].reason, "it lies after the target"));
  }
  SUBCASE("and where there is no older one the time lies before the first") {
    std::erase_if(archive.catalogue.snapshots, [](const auto& s) { return s.id == "B0221a"; });
    const Refusal refusal = refused_of(archive, to_time(30));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(contains(refusal.message, "lies before the first snapshot"));
    CHECK(lsn_of(refusal.after) == 321);
  }
  SUBCASE("but it does for a time after all of it") {
    CHECK(planned_of(archive, to_time(55)).snapshot == "B0321a");
  }
}

TEST_CASE("an exclusive position drops the record that ends there, and nothing before it") {
  ServerLog log = begun();
  log.write(1, 10).commit(1, 20, 704).fill(1, 400);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, exclusive(to_lsn(271)));
  CHECK(plan.stop == Lsn{270});
  CHECK(plan.reached.lsn == Lsn{251});
  CHECK(lsn_of(plan.first_dropped) == 271);
  CHECK(planned_of(archive, exclusive(to_xid(704))).stop == Lsn{270});
  CHECK(refused_of(archive, exclusive(to_lsn(221))).code == Errc::target_unreachable);
  CHECK(refused_of(archive, exclusive(to_lsn(0))).code == Errc::target_unreachable);
}

TEST_CASE("an id given out again is ambiguous, and its whole number tells it apart") {
  constexpr std::uint64_t kSecondRound = (std::uint64_t{1} << 32U) | 702;
  ServerLog log = begun();
  log.fill(1, 300).commit(1, 20, kSecondRound).fill(1, 400);
  auto archive = archived(log);
  const Refusal refusal = refused_of(archive, to_xid(702));
  CHECK(refusal.code == Errc::ambiguous_target);
  REQUIRE(refusal.candidates.size() == 2);
  CHECK(refusal.hint == "--to-lsn 0/F1 or --to-lsn 0/137 (--to-xid 4294967998)");
  CHECK(planned_of(archive, to_xid(kSecondRound)).stop == Lsn{311});
  CHECK(planned_of(archive, to_xid(701)).stop == Lsn{231});
  const Refusal unknown = refused_of(archive, to_xid(699));
  CHECK(unknown.code == Errc::not_found);
  CHECK(unknown.hint == "--to-xid 703 is the nearest before, --to-xid 4294967998 the nearest after");
}

TEST_CASE("a transaction that was rolled back is a target, and the plan says so") {
  ServerLog log = begun();
  log.write(1, 10, {.kind = Kind::abort, .time = 20, .xid = 704}).commit(1, 21, 705).fill(1, 400);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, to_xid(704));
  CHECK(plan.stop == Lsn{261});
  CHECK(plan.reached.lsn == Lsn{251});
  CHECK(lsn_of(plan.first_dropped) == 271);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings.front() ==
        "transaction 704 was rolled back at LSN 0/105: nothing of it is in the result");
  CHECK(planned_of(archive, exclusive(to_xid(704))).stop == Lsn{260});
  CHECK(planned_of(archive, to_xid(705)).warnings.empty());
}

TEST_CASE("an id that was rolled back and given out again is ambiguous") {
  ServerLog log = begun();
  log.write(1, 10, {.kind = Kind::abort, .time = 20, .xid = (std::uint64_t{1} << 32U) | 702}).fill(1, 400);
  auto archive = archived(log);
  const Refusal refusal = refused_of(archive, to_xid(702));
  CHECK(refusal.code == Errc::ambiguous_target);
  CHECK(contains(refusal.message, "(rolled back)"));
}

TEST_CASE("a segment inside of one record knows no token, and those around it must fit each other") {
  ServerLog log = begun();
  log.write(1, 250).commit(1, 20, 704).fill(1, 700);
  auto archive = archived(log);
  CHECK(planned_of(archive, {}).stop == Lsn{700});
  CHECK(archive.survey().conflicts.empty());
  auto behind = archive.segment({TimelineId{1}, {SegmentNumber{5}, SegmentNumber{5}, {}}, {}, {}});
  behind.manifest.link_in = "another history";
  archive.lose(1, 5).put(behind.manifest, behind.facts);
  CHECK(refused_of(archive, {}).code == Errc::log_conflict);
  CHECK(archive.survey().conflicts.size() == 1);
}

TEST_CASE("a child's copy holds the log that its parent never finished") {
  const ServerLog log = failed_over();
  auto archive = archived(log);
  const Plan plan = planned_of(archive, {});
  CHECK(plan.timeline == TimelineId{2});
  CHECK(plan.stop == Lsn{600});
  CHECK(numbers(plan) == Numbers{2, 3, 4, 5});
  SUBCASE("before the fork it is found on the child's timeline") {
    const Plan before = planned_of(archive, to_lsn(415));
    CHECK(before.stop == Lsn{415});
    CHECK(before.reached.lsn == Lsn{411});
    CHECK(before.timeline == TimelineId{2});
    CHECK(planned_of(archive, to_time(25)).stop == Lsn{431});
    CHECK(refused_of(archive, on_timeline(1, to_lsn(415))).code == Errc::target_unreachable);
  }
  SUBCASE("that makes no gap, and its window goes on from the parent's") {
    const Survey found = archive.survey();
    CHECK(found.gaps.empty());
    CHECK(found.conflicts.empty());
    REQUIRE(found.windows.size() == 2);
    CHECK(found.windows[0].end.lsn == Lsn{251});
    CHECK(found.windows[1].start.lsn == Lsn{400});
    CHECK(found.windows[1].end.lsn == Lsn{441});
  }
  SUBCASE("where it is missing, that is one gap") {
    archive.lose(2, 4);
    const Survey found = archive.survey();
    REQUIRE(found.gaps.size() == 1);
    CHECK(found.gaps[0].reason == "segment 4 of timeline 2 is missing");
    CHECK(lsn_of(found.gaps[0].start) == 251);
    CHECK(contains(refused_of(archive, {}).message, "segment 4 of timeline 2 is missing"));
  }
  SUBCASE("where it cannot be read, that is one gap") {
    archive.damage(2, 4);
    REQUIRE(archive.survey().gaps.size() == 1);
    CHECK(contains(archive.survey().gaps[0].reason, "segment 4 of timeline 2 cannot be read"));
    CHECK(refused_of(archive, {}).code == Errc::corrupt);
  }
}

TEST_CASE("a copy that does not continue the parent's log is a conflict of the child") {
  ServerLog log = failed_over();
  SUBCASE("where the parent's own log ends before it") {}
  SUBCASE("and where the parent's own log reaches the fork: it is not entered in its middle") {
    log.fill(1, 500);
  }
  auto archive = archived(log);
  auto copy = archive.segment({TimelineId{2}, {SegmentNumber{4}, SegmentNumber{4}, {}}, {}, {}});
  copy.manifest.link_in = "another history";
  archive.lose(2, 4).put(copy.manifest, copy.facts);
  CHECK(refused_of(archive, on_timeline(2, PlanRequest())).code == Errc::log_conflict);
  const Survey found = archive.survey();
  REQUIRE(found.conflicts.size() == 1);
  CHECK(found.conflicts[0].timeline == TimelineId{2});
  CHECK(found.conflicts[0].segment == SegmentNumber{4});
  CHECK(found.gaps.empty());
}

TEST_CASE("the copy of a grandchild stands in for a timeline that never filled a segment") {
  ServerLog log = begun();
  log.fill(1, 400).commit(1, 20, 710).fork(2, 1, 411).commit(2, 30, 720).write(2, 10);
  log.fork(3, 2, 431).commit(3, 40, 730).fill(3, 600);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, {});
  CHECK(plan.timeline == TimelineId{3});
  CHECK(plan.stop == Lsn{600});
  CHECK(planned_of(archive, to_lsn(421)).reached.lsn == Lsn{421});
  CHECK(planned_of(archive, to_lsn(405)).reached.lsn == Lsn{251});
  const Survey found = archive.survey();
  CHECK(found.gaps.empty());
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[1].timeline == TimelineId{3});
  CHECK(found.windows[1].start.lsn == Lsn{400});
}

TEST_CASE("a parent that kept running keeps its own log, and the child does not need it") {
  ServerLog log = failed_over();
  log.commit(1, 33, 711).fill(1, 600);
  auto archive = archived(log);
  CHECK(planned_of(archive, on_timeline(1, to_xid(711))).stop == Lsn{441});
  CHECK(planned_of(archive, on_timeline(2, to_xid(720))).stop == Lsn{441});
  CHECK(refused_of(archive, on_timeline(2, to_xid(711))).code == Errc::not_found);
  const Survey found = archive.survey();
  CHECK(found.gaps.empty());
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[1].start.lsn == Lsn{431});
  SUBCASE("what both copies hold is one") {
    CHECK(planned_of(archive, on_timeline(2, to_xid(710))).stop == Lsn{411});
    CHECK(planned_of(archive, to_name("before")).stop == Lsn{421});
    CHECK(planned_of(archive, on_timeline(1, to_name("before"))).timeline == TimelineId{1});
  }
  SUBCASE("without the child's copy the parent's reaches to the fork") {
    archive.lose(2, 4);
    CHECK(planned_of(archive, on_timeline(2, to_lsn(431))).timeline == TimelineId{1});
    CHECK(refused_of(archive, on_timeline(2, to_lsn(432))).code == Errc::wal_gap);
  }
}

TEST_CASE("a restore point that only siblings' copies hold is one") {
  ServerLog log = failed_over();
  log.fork(3, 1, 431).commit(3, 35, 730).fill(3, 500);
  auto archive = archived(log);
  CHECK(planned_of(archive, to_name("before")).stop == Lsn{421});
  CHECK(planned_of(archive, on_timeline(2, to_name("before"))).timeline == TimelineId{2});
}

TEST_CASE("a restore point is not said to be unknown where a segment cannot be read") {
  auto archive = archived(failed_over());
  CHECK(refused_of(archive, to_name("elsewhere")).code == Errc::not_found);
  archive.damage(2, 5);
  const Refusal refusal = refused_of(archive, to_name("elsewhere"));
  CHECK(refusal.code == Errc::corrupt);
  CHECK(contains(refusal.message, "segment 5 of timeline 2 cannot be read"));
}

TEST_CASE("a fork at the end of a segment needs no copy") {
  ServerLog log = begun();
  log.fill(1, 400).fork(2, 1, 400).commit(2, 30, 720).fill(2, 500);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, {});
  CHECK(numbers(plan) == Numbers{2, 3, 4});
  CHECK(planned_of(archive, to_lsn(400)).timeline == TimelineId{1});
  CHECK(archive.survey().gaps.empty());
}

TEST_CASE("a child that is recovered to before its parent's own fork goes on from the grandparent") {
  ServerLog log = failed_over();
  log.fork(3, 2, 350).commit(3, 50, 730).fill(3, 500);
  auto archive = archived(log);
  CHECK(planned_of(archive, on_timeline(3, PlanRequest())).stop == Lsn{500});
  const Survey found = archive.survey();
  CHECK(found.gaps.empty());
  REQUIRE(found.windows.size() == 3);
  CHECK(found.windows[2].timeline == TimelineId{3});
  CHECK(found.windows[2].snapshot == "B0221a");
}

TEST_CASE("an archive that began on a later timeline needs no parent") {
  ServerLog log(100, 3, 7);
  log.write(3, 10).write(3, 10).commit(3, 10, 701).fill(3, 900);
  auto archive = log.archive();
  archive.put(log.backup(3, 701, 721, 5));
  CHECK(planned_of(archive, {}).stop == Lsn{900});
  CHECK(archive.survey().gaps.empty());
}

TEST_CASE("a timeline of which nothing is archived yet is not the default, and lacks nothing") {
  ServerLog log = failed_over();
  log.fork(3, 2, 605).commit(3, 50, 730);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, {});
  CHECK(plan.timeline == TimelineId{2});
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0] == "nothing of timeline 3 is archived yet: planned on timeline 2");
  CHECK(archive.survey().gaps.empty());
  CHECK(refused_of(archive, on_timeline(3, PlanRequest())).code == Errc::wal_gap);
}

TEST_CASE("a snapshot of the child is found where the child's copy begins before the fork") {
  const ServerLog log = failed_over();
  auto archive = archived(log);
  archive.put(log.backup(2, 441, 471, 30));
  const Plan plan = planned_of(archive, {});
  CHECK(plan.snapshot == "B0471b");
  CHECK(numbers(plan) == Numbers{4, 5});
  CHECK(plan.segments.front().from == Lsn{441});
  CHECK(archive.survey().windows.size() == 2);
}

TEST_CASE("inside a backup nothing can be reached from it alone") {
  auto archive = archived(failed_over());
  for (const std::uint64_t lsn : {201U, 210U, 220U}) {
    const Refusal refusal = refused_of(archive, to_lsn(lsn));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK_FALSE(refusal.before);
    CHECK(lsn_of(refusal.after) == 221);
    CHECK(refused_of(archive, from_snapshot("B0221a", to_lsn(lsn))).code == Errc::target_unreachable);
  }
  CHECK(planned_of(archive, to_lsn(221)).stop == Lsn{221});
}

TEST_CASE("a backup whose log is not whole up to its end cannot be restored, and is told of") {
  const ServerLog log = failed_over();
  auto archive = archived(log);
  archive.put(log.backup(1, 261, 391, 12)).lose(1, 3);
  const Catalogue catalogue = archive.loaded_catalogue();
  const auto found = snapshots_without_log(catalogue);
  REQUIRE(found.size() == 1);
  CHECK(found[0].snapshot->id == "B0391a");
  CHECK(found[0].log_end == Lsn{300});
  CHECK(found[0].code == Errc::wal_gap);
  CHECK(found[0].reason == "timeline 1 is archived to LSN 0/12C only, and timeline 2 forks off it at 0/1AF");
  SUBCASE("an older one shows what can be reached") {
    const Refusal refusal = refused_of(archive, {});
    CHECK(refusal.code == Errc::wal_gap);
    CHECK(lsn_of(refusal.before) == 251);
    PlanRequest immediate;
    immediate.target = ToImmediate{};
    CHECK(planned_of(archive, immediate).snapshot == "B0221a");
  }
  SUBCASE("alone it reaches nothing") {
    const Refusal refusal = refused_of(archive, from_snapshot("B0391a", PlanRequest()));
    CHECK(refusal.code == Errc::wal_gap);
    CHECK_FALSE(refusal.before);
    CHECK(contains(refusal.message, "snapshot B0391a needs the log from LSN 0/105 to 0/187"));
  }
  SUBCASE("and is no neighbour of what lies before it") {
    std::erase_if(archive.catalogue.snapshots, [](const auto& s) { return s.id == "B0221a"; });
    const Refusal refusal = refused_of(archive, to_lsn(230));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK_FALSE(refusal.after);
  }
}

TEST_CASE("a backup that needs log beyond the end of the archive shows that some is missing") {
  ServerLog log = begun();
  log.fill(1, 500);
  auto archive = archived(log);
  archive.put(log.backup(1, 381, 450, 12)).lose(1, 4);
  const Refusal refusal = refused_of(archive, {});
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(lsn_of(refusal.before) == 251);
  CHECK(archive.survey().windows[0].ended_by == WindowEnd::gap);
  CHECK(snapshots_without_log(archive.loaded_catalogue()).size() == 1);
}

TEST_CASE("of backups that overlap the one that was done first begins the window") {
  ServerLog log = begun();
  log.fill(1, 400);
  auto archive = log.archive();
  archive.put(log.backup(1, 201, 361, 12)).put(log.backup(1, 221, 241, 11));
  const Survey found = archive.survey();
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].start.lsn == Lsn{241});
  CHECK(found.windows[0].end.lsn == Lsn{361});
}

TEST_CASE("a time before the first commit is planned from a snapshot of nothing") {
  ServerLog log = begun();
  log.fill(1, 400);
  CatalogueBuilder archive = log.archive();
  SnapshotManifest snapshot = log.backup(1, 200, 200, {});
  snapshot.created_at = at_second(1000);
  SUBCASE("of nothing") {
    snapshot.empty = true;
    archive.put(snapshot);
    const Plan plan = planned_of(archive, to_time(5));
    CHECK(plan.stop == Lsn{221});
    CHECK(plan.reached.lsn == Lsn{200});
    CHECK(lsn_of(plan.first_dropped) == 231);
  }
  SUBCASE("of something") {
    archive.put(snapshot);
    CHECK(refused_of(archive, to_time(5)).code == Errc::target_unreachable);
  }
}

TEST_CASE("what is restored parts from its history where the log is cut") {
  ServerLog log = begun();
  log.write(1, 10).commit(1, 20, 704).fill(1, 400);
  auto archive = archived(log);
  const Plan plan = planned_of(archive, to_time(15));
  CHECK(plan.reached.lsn == Lsn{251});
  CHECK(plan.fork == Lsn{261});
  auto plain = plain_history();
  CHECK(planned(plain, to_lsn(125)).fork == Lsn{120});
}
