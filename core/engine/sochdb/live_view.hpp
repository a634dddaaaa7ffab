#pragma once

#include "base/bytes.hpp"
#include "engine/sochdb/live_database.hpp"
#include "engine/sochdb/sample.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace pitr::sochdb {

// A live log up to the size it had at one moment. What is new in it is held in memory, unless it is much:
// then it stays readable although the log be truncated.
class LiveView {
 public:
  static constexpr std::uint64_t kMaxHeld = std::uint64_t{64} * 1024 * 1024;

  // `since`: what is archived; all is new to a log that does not hold it. Throws Errc::unavailable when the
  // log is truncated or replaced meanwhile.
  LiveView(std::shared_ptr<const LiveDatabase> database, const SegmentData& since);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // All of it, below size(); of use only once check() has passed after it. Throws Errc::unavailable when the
  // log is shorter now.
  void read(std::uint64_t offset, std::span<std::byte> buffer) const;
  // Whether what stands from an offset on is in memory, so that check() has been passed for good.
  [[nodiscard]] bool is_held(std::uint64_t offset) const { return offset >= held_from_; }
  // Whether it holds, at its place, what a segment ends with.
  [[nodiscard]] bool holds(const SegmentData& data) const;
  // Of the bytes [0, size) and [end - size, end), as many of them as a sample may have.
  [[nodiscard]] Sample head(std::uint64_t end) const;
  [[nodiscard]] Sample tail(std::uint64_t end) const;
  // Throws Errc::unavailable unless the log still begins as it did. It grows at its end only, so that all
  // that was read is as it was.
  void check() const;

 private:
  void hold(std::uint64_t from);
  [[nodiscard]] Sample sample(std::uint64_t offset, std::uint64_t size) const;
  void read_live(std::uint64_t offset, std::span<std::byte> buffer) const;
  [[noreturn]] void fail() const;

  std::shared_ptr<const LiveDatabase> database_;
  std::uint64_t size_;
  Bytes head_;
  std::uint64_t held_from_;
  Bytes held_;  // [held_from_, size_)
};

// The same of a live log as it is now.
bool is_in(const LiveDatabase& database, const SegmentData& data);

// A part of a view, as a source. The view must outlive it.
class ViewSource : public ByteSource {
 public:
  ViewSource(const LiveView& view, std::uint64_t from, std::uint64_t to) : view_(view), at_(from), end_(to) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  const LiveView& view_;
  std::uint64_t at_;
  std::uint64_t end_;
};

}  // namespace pitr::sochdb
