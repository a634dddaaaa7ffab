#include "base/worker_pool.hpp"

#include <atomic>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("a task's result reaches its future") {
  WorkerPool pool(3);
  CHECK(pool.size() == 3);
  auto number = pool.submit([] { return 42; });
  auto text = pool.submit([] { return std::string("done"); });
  CHECK(number.get() == 42);
  CHECK(text.get() == "done");
}

TEST_CASE("a pool has at least one thread") {
  WorkerPool pool(0);
  CHECK(pool.size() == 1);
  CHECK(pool.submit([] { return 1; }).get() == 1);
}

TEST_CASE("what a task throws reaches whoever takes its result, and the pool goes on") {
  WorkerPool pool(1);
  auto bad = pool.submit([]() -> int { throw std::runtime_error("no"); });
  CHECK_THROWS_AS(bad.get(), std::runtime_error);
  CHECK(pool.submit([] { return 1; }).get() == 1);
}

TEST_CASE("one thread runs tasks in the order given") {
  std::vector<int> order;
  WorkerPool pool(1);
  std::vector<std::future<void>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(pool.submit([&order, i] { order.push_back(i); }));
  for (auto& future : futures) future.get();
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a pool that goes waits for what runs and drops what has not begun") {
  std::atomic<int> ran = 0;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::vector<std::future<void>> futures;
  std::thread closer;
  {
    WorkerPool pool(1);
    futures.push_back(pool.submit([&] {
      begun.set_value();
      go_on.get_future().wait();
      ++ran;
    }));
    for (int i = 0; i < 10; ++i) futures.push_back(pool.submit([&] { ++ran; }));
    begun.get_future().wait();
    // The last future breaks as soon as the pool began to close; only then may the running task end.
    closer = std::thread([&] {
      futures.back().wait();
      go_on.set_value();
    });
  }
  closer.join();
  CHECK(ran == 1);
  CHECK_NOTHROW(futures.front().get());
  CHECK_THROWS_AS(futures.back().get(), std::future_error);
}

TEST_CASE("ordered_parallel consumes every result in order") {
  WorkerPool pool(4);
  std::vector<std::size_t> seen;
  ordered_parallel(
      pool, 1000, 7, [](std::size_t i) { return i * 2; },
      [&](std::size_t i, std::size_t result) {
        CHECK(result == i * 2);
        seen.push_back(i);
      });
  CHECK(seen.size() == 1000);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("ordered_parallel never has more results under way than asked for") {
  WorkerPool pool(8);
  std::atomic<std::size_t> begun = 0;
  std::size_t consumed = 0;
  bool too_many = false;
  ordered_parallel(
      pool, 200, 3, [&](std::size_t i) { return ++begun, i; },
      [&](std::size_t, std::size_t) {
        // The one being consumed is not under way any more, and two more at most are.
        too_many = too_many || begun > consumed + 3;
        ++consumed;
      });
  CHECK_FALSE(too_many);
  CHECK(consumed == 200);
}

TEST_CASE("ordered_parallel ends with the first exception of a producer, in order") {
  WorkerPool pool(4);
  std::size_t consumed = 0;
  const auto produce = [](std::size_t i) -> std::size_t {
    if (i >= 5) throw std::runtime_error(std::to_string(i));
    return i;
  };
  const auto run = [&] {
    ordered_parallel(pool, 100, 4, produce, [&](std::size_t, std::size_t) { ++consumed; });
  };
  CHECK_THROWS_WITH_AS(run(), "5", std::runtime_error);
  CHECK(consumed == 5);
}

TEST_CASE("ordered_parallel waits for its tasks when the consumer throws") {
  WorkerPool pool(4);
  std::atomic<int> running = 0;
  const auto produce = [&](std::size_t i) {
    ++running;
    std::this_thread::yield();
    --running;
    return i;
  };
  const auto consume = [](std::size_t i, std::size_t) {
    if (i == 3) throw std::runtime_error("full");
  };
  CHECK_THROWS_AS(ordered_parallel(pool, 1000, 8, produce, consume), std::runtime_error);
  CHECK(running == 0);
}
