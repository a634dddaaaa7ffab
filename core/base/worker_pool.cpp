#include "base/worker_pool.hpp"

#include "base/error.hpp"

#include <system_error>

#include <fmt/format.h>

namespace pitr {

WorkerPool::WorkerPool(std::size_t threads) {
  threads_.reserve(std::max<std::size_t>(threads, 1));
  while (threads_.size() < threads_.capacity()) {
    try {
      threads_.emplace_back([this] { run(); });
    } catch (const std::system_error& e) {
      // Fewer threads than asked for are slower, not wrong.
      if (!threads_.empty()) return;
      throw Error(Errc::unavailable, fmt::format("cannot start a thread: {}", e.code().message()),
                  "raise the limit of processes (ulimit -u), or try again when the machine is less busy");
    }
  }
}

WorkerPool::~WorkerPool() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
}

void WorkerPool::enqueue(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void WorkerPool::run() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace pitr
