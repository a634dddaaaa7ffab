#include "repo/read_ahead.hpp"

#include <algorithm>
#include <utility>

namespace pitr {

ReadAhead::ReadAhead(Store& store, std::string key)
    : store_(store), key_(std::move(key)), ahead_(store_.read(key_, 0, kReadAhead)) {}

std::optional<Bytes> ReadAhead::read(const std::string& key, std::uint64_t offset,
                                     std::uint64_t length) const {
  if (key != key_) return store_.read(key, offset, length);
  if (!ahead_) return std::nullopt;
  const bool is_whole = ahead_->size() < kReadAhead;
  if (!is_whole && (offset >= kReadAhead || length > kReadAhead - offset))
    return store_.read(key, offset, length);
  const auto from = std::min<std::uint64_t>(offset, ahead_->size());
  const auto part = ByteView(*ahead_).subspan(from, std::min<std::uint64_t>(length, ahead_->size() - from));
  return Bytes(part.begin(), part.end());
}

}  // namespace pitr
