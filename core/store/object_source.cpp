#include "base/error.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

ObjectSource::ObjectSource(const Store& store, std::string key, std::uint64_t offset)
    : store_(store), key_(std::move(key)), offset_(offset) {}

std::size_t ObjectSource::read(std::span<std::byte> buffer) {
  const auto bytes = store_.read(key_, offset_, buffer.size());
  if (!bytes) throw Error(Errc::corrupt, fmt::format("{} is gone", key_));
  std::copy(bytes->begin(), bytes->end(), buffer.begin());
  offset_ += bytes->size();
  return bytes->size();
}

}  // namespace pitr
