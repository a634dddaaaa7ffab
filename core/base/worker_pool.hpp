#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace pitr {

// A fixed number of threads that run tasks in the order given. The destructor waits for the running tasks and
// drops those not begun. What a task throws reaches whoever takes its result.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] std::size_t size() const { return threads_.size(); }

  template <typename Task>
  auto submit(Task task) -> std::future<std::invoke_result_t<Task&>> {
    using Result = std::invoke_result_t<Task&>;
    auto packaged = std::make_shared<std::packaged_task<Result()>>(std::move(task));
    auto future = packaged->get_future();
    enqueue([packaged] { (*packaged)(); });
    return future;
  }

 private:
  void enqueue(std::function<void()> task);
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

// Runs produce(i) for i in [0, count) on the pool and hands each result to consume(i, result) on the calling
// thread, in order, with at most `ahead` results begun but not consumed. The first exception, of either, ends
// it.
template <typename Produce, typename Consume>
void ordered_parallel(WorkerPool& pool, std::size_t count, std::size_t ahead, Produce produce,
                      Consume consume) {
  using Result = std::invoke_result_t<Produce&, std::size_t>;
  struct InFlight {  // waits even when consume throws: tasks refer to the caller's frame
    std::deque<std::future<Result>> futures;
    ~InFlight() {
      for (auto& f : futures) f.wait();
    }
  } in_flight;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < count; ++i) {
    while (begun < count && in_flight.futures.size() < std::max<std::size_t>(ahead, 1)) {
      in_flight.futures.push_back(pool.submit([&produce, begun] { return produce(begun); }));
      ++begun;
    }
    auto future = std::move(in_flight.futures.front());
    in_flight.futures.pop_front();
    consume(i, future.get());
  }
}

}  // namespace pitr
