#include "engine/sochdb/live_view.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::sochdb {

LiveView::LiveView(std::shared_ptr<const LiveDatabase> database, const SegmentData& since)
    : database_(std::move(database)), size_(database_->size()), held_from_(size_) {
  head_.resize(std::min(size_, kMaxSample));
  read_live(0, head_);
  hold(since.offset);
  if (!holds(since)) hold(0);
  check();
}

// What is new, unless it is too much. The samples of that reach back before it.
void LiveView::hold(std::uint64_t from) {
  const std::uint64_t wanted = from < size_ ? from - std::min(from, kMaxSample) : size_;
  if (size_ - wanted > kMaxHeld) return;
  held_.resize(size_ - wanted);
  held_from_ = wanted;
  read_live(wanted, held_);
}

void LiveView::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  const std::uint64_t end = offset + buffer.size();
  if (end <= head_.size()) {
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(), buffer.begin());
  } else if (offset >= held_from_) {
    std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(offset - held_from_), buffer.size(),
                buffer.begin());
  } else {
    read_live(offset, buffer);
  }
}

bool LiveView::holds(const SegmentData& data) const {
  return size_ >= data.offset && tail(data.offset) == data.tail && head(data.offset) == data.head;
}

Sample LiveView::head(std::uint64_t end) const { return sample(0, std::min(end, kMaxSample)); }

Sample LiveView::tail(std::uint64_t end) const {
  const std::uint64_t size = std::min(end, kMaxSample);
  return sample(end - size, size);
}

Sample LiveView::sample(std::uint64_t offset, std::uint64_t size) const {
  Bytes bytes(size);
  read(offset, bytes);
  return sample_of(bytes);
}

void LiveView::check() const {
  Bytes now(head_.size());
  read_live(0, now);
  if (now != head_ || database_->size() < size_ || !database_->is_in_place()) fail();
}

void LiveView::read_live(std::uint64_t offset, std::span<std::byte> buffer) const {
  if (database_->read(offset, buffer) != buffer.size()) fail();
}

void LiveView::fail() const {
  throw Error(Errc::unavailable,
              fmt::format("{} was truncated while it was read", database_->log_path().native()),
              "run the same command again");
}

bool is_in(const LiveDatabase& database, const SegmentData& data) {
  const auto is_there = [&](const Sample& sample, std::uint64_t offset) {
    Bytes bytes(sample.size);
    return database.read(offset, bytes) == bytes.size() && sample_of(bytes) == sample;
  };
  return database.size() >= data.offset && is_there(data.tail, data.offset - data.tail.size) &&
         is_there(data.head, 0);
}

std::size_t ViewSource::read(std::span<std::byte> buffer) {
  const std::size_t size = std::min<std::uint64_t>(buffer.size(), end_ - at_);
  view_.read(at_, buffer.first(size));
  at_ += size;
  return size;
}

}  // namespace pitr::sochdb
