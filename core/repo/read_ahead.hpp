#pragma once

#include "store/store.hpp"

namespace pitr {

// A store in which one object has been read already: its first kReadAhead bytes, when this is made. An object
// that is not larger is one request, however it is read. The store must outlive it.
class ReadAhead : public Store {
 public:
  static constexpr std::uint64_t kReadAhead = std::uint64_t{32} * 1024 * 1024;

  ReadAhead(Store& store, std::string key);

  [[nodiscard]] std::string location() const override { return store_.location(); }
  [[nodiscard]] bool create(const std::string& key, ByteSource& source, std::uint64_t size) override {
    return store_.create(key, source, size);
  }
  [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& key) const override {
    return store_.size_of(key);
  }
  [[nodiscard]] std::optional<Bytes> read(const std::string& key, std::uint64_t offset,
                                          std::uint64_t length) const override;
  void list(const std::string& prefix, const std::function<void(ListedObject)>& visit) const override {
    store_.list(prefix, visit);
  }
  void sweep() override { store_.sweep(); }

 private:
  Store& store_;
  std::string key_;
  std::optional<Bytes> ahead_;  // nothing when there is no such object
};

}  // namespace pitr
