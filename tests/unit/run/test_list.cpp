#include "run_test.hpp"

namespace pitr {
namespace {

using test::World;

TEST_CASE("an inventory of an empty repository holds nothing") {
  World world;
  const Inventory inventory = take_inventory(world.context);
  CHECK(inventory.engine == "sqlite");
  CHECK(inventory.catalogue.timelines.empty());
  CHECK(inventory.survey.windows.empty());
  CHECK(inventory.stored_bytes == 0);
}

TEST_CASE("an inventory shows the window from the snapshot to the head, with its bridges") {
  World world;
  const Point start = *world.archive().head;
  world.database.commits(2);
  const Point before = *world.archive().head;
  world.lose_the_log();
  world.archive();
  world.database.commits(2);
  const Point head = *world.archive().head;
  const Inventory inventory = take_inventory(world.context);
  REQUIRE(inventory.survey.windows.size() == 1);
  const Window& window = inventory.survey.windows[0];
  CHECK(window.start.lsn == start.lsn);
  CHECK(window.end.lsn == head.lsn);
  CHECK(window.ended_by == WindowEnd::head);
  REQUIRE(window.bridges.size() == 1);
  CHECK(window.bridges[0].start.lsn == before.lsn);
  CHECK(inventory.stored_bytes > 0);
  CHECK(inventory.survey.gaps.empty());
}

TEST_CASE("every commit is listed, oldest first, bridges marked") {
  World world;
  world.archive();
  world.database.commits(3);
  world.archive();
  world.lose_the_log();
  world.archive();
  const TransactionList list = list_transactions(world.context, {});
  REQUIRE(list.transactions.size() == 4);
  CHECK_FALSE(list.truncated);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(list.transactions[i].commit.point.xid == Xid{i + 1});
    CHECK(list.transactions[i].bridge == (i == 3));
  }
}

TEST_CASE("a limit keeps the newest transactions and says that there are more") {
  World world;
  world.archive();
  world.database.commits(5);
  world.archive();
  TransactionFilter filter;
  filter.limit = 2;
  const TransactionList list = list_transactions(world.context, filter);
  REQUIRE(list.transactions.size() == 2);
  CHECK(list.truncated);
  CHECK(list.transactions[0].commit.point.xid == Xid{4});
  filter.limit = 5;
  CHECK_FALSE(list_transactions(world.context, filter).truncated);
}

TEST_CASE("transactions are listed by the time they were seen") {
  World world;
  world.archive();
  world.database.commits(2);
  const Timestamp first = *world.archive().head->time;
  world.database.commits(3);
  const Timestamp second = *world.archive().head->time;
  TransactionFilter filter;
  filter.until = first;
  CHECK(list_transactions(world.context, filter).transactions.size() == 2);
  filter = {};
  filter.since = second;
  CHECK(list_transactions(world.context, filter).transactions.size() == 3);
}

TEST_CASE("a timeline that is not there has no transactions to list") {
  World world;
  world.archive();
  TransactionFilter filter;
  filter.timeline = TimelineId{7};
  CHECK(test::caught([&] { list_transactions(world.context, filter); }).code() == Errc::not_found);
}

}  // namespace
}  // namespace pitr
