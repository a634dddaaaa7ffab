#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pitr {

// An object as a listing shows it.
struct ListedObject {
  std::string key;
  std::optional<std::uint64_t> size;  // absent where the store's listing does not tell
};

// Bytes by key. Keys are relative, '/'-separated, without empty, "." or ".." parts. Objects are created once
// and never change. Safe to use from several threads at once. Knows nothing of what the bytes mean.
//
// Errors: Errc::io_error for what will not pass by itself, Errc::unavailable for what a retry may cure.
class Store {
 public:
  virtual ~Store() = default;

  // Where it is, for people: the URL or path it was opened with, without secrets.
  [[nodiscard]] virtual std::string location() const = 0;

  // Stores `size` bytes from source under key and returns true once they are durable; false, and nothing
  // changed, when the key is taken. A source that ends early or late is an internal error and nothing is
  // stored.
  [[nodiscard]] virtual bool create(const std::string& key, ByteSource& source, std::uint64_t size) = 0;

  // The object's size; nothing when there is no such object.
  [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const std::string& key) const = 0;

  // Up to `length` bytes from `offset`; fewer only where the object ends. Nothing when there is no such
  // object.
  [[nodiscard]] virtual std::optional<Bytes> read(const std::string& key, std::uint64_t offset,
                                                  std::uint64_t length) const = 0;

  // Calls visit for every object whose key begins with prefix (a folder: "" or ending in '/'), in no set
  // order.
  virtual void list(const std::string& prefix, const std::function<void(ListedObject)>& visit) const = 0;

  // Removes what writers that died left behind. Never fails on what it cannot remove.
  virtual void sweep() = 0;
};

// Opens the store at a URL: a path, or file://PATH with an absolute path, percent-encoded. With create, a
// missing local directory is made; without, it is Errc::not_found. A scheme that is not known, and what is
// not a directory, is a usage error.
std::unique_ptr<Store> open_store(const std::string& url, bool create);

// Reads an object piece by piece, from offset on.
class ObjectSource : public ByteSource {
 public:
  ObjectSource(const Store& store, std::string key, std::uint64_t offset);
  // Throws Errc::corrupt when the object is gone.
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  const Store& store_;
  std::string key_;
  std::uint64_t offset_;
};

}  // namespace pitr
