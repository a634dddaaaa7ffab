#pragma once

#include "base/error.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace pitr::test {

// A store in memory that can be damaged, and that remembers what was read. Handles made with handle() share
// its objects. The hooks are called without a lock held, and may throw.
class MemoryStore : public Store {
 public:
  struct Read {
    std::string key;
    std::uint64_t offset;
    std::uint64_t length;
  };
  using Objects = std::map<std::string, Bytes>;

  [[nodiscard]] std::unique_ptr<Store> handle() const { return std::make_unique<MemoryStore>(*this); }

  [[nodiscard]] std::string location() const override { return "memory:"; }

  [[nodiscard]] bool create(const std::string& key, ByteSource& source, std::uint64_t size) override {
    if (shared_->before_create) shared_->before_create(key);
    Bytes bytes(size + 1);
    std::size_t got = 0;
    for (std::size_t part = 1; part != 0; got += part) part = source.read(std::span(bytes).subspan(got));
    if (got != size) throw Error(Errc::internal, "the source has not the size it should have");
    bytes.resize(got);
    const std::scoped_lock lock(shared_->mutex);
    return shared_->objects.emplace(key, std::move(bytes)).second;
  }

  [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& key) const override {
    const std::scoped_lock lock(shared_->mutex);
    const auto found = shared_->objects.find(key);
    if (found == shared_->objects.end()) return {};
    return found->second.size();
  }

  [[nodiscard]] std::optional<Bytes> read(const std::string& key, std::uint64_t offset,
                                          std::uint64_t length) const override {
    if (shared_->before_read) shared_->before_read(key);
    const std::scoped_lock lock(shared_->mutex);
    shared_->reads.push_back({key, offset, length});
    const auto found = shared_->objects.find(key);
    if (found == shared_->objects.end()) return {};
    const ByteView bytes(found->second);
    const auto from = std::min<std::uint64_t>(offset, bytes.size());
    const auto part = bytes.subspan(from, std::min<std::uint64_t>(length, bytes.size() - from));
    return Bytes(part.begin(), part.end());
  }

  void list(const std::string& prefix, const std::function<void(ListedObject)>& visit) const override {
    Objects objects;
    {
      const std::scoped_lock lock(shared_->mutex);
      objects = shared_->objects;
    }
    for (const auto& [key, bytes] : objects) {
      if (key.starts_with(prefix)) visit({key, bytes.size()});
    }
  }

  void sweep() override {}

  // For one thread at a time.
  [[nodiscard]] Objects& objects() const { return shared_->objects; }
  [[nodiscard]] std::vector<Read>& reads() const { return shared_->reads; }
  void before_create(std::function<void(const std::string& key)> hook) {
    shared_->before_create = std::move(hook);
  }
  void before_read(std::function<void(const std::string& key)> hook) {
    shared_->before_read = std::move(hook);
  }

 private:
  struct Shared {
    std::mutex mutex;
    Objects objects;
    std::vector<Read> reads;
    std::function<void(const std::string&)> before_create;
    std::function<void(const std::string&)> before_read;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace pitr::test
