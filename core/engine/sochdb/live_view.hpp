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

  // `new_from`: where what is new begins. Throws Errc::unavailable when the log is truncated or replaced
  // meanwhile.
  LiveView(std::shared_ptr<const LiveDatabase> database, std::uint64_t new_from);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // All of it, below size(); of use only once check() has passed after it. Throws Errc::unavailable when the
  // log is shorter now.
  void read(std::uint64_t offset, std::span<std::byte> buffer) const;
  // Whether what stands from an offset on is in memory, so that check() has been passed for good.
  [[nodiscard]] bool is_held(std::uint64_t offset) const { return offset >= held_from_; }
  // Of the bytes [0, size) and [end - size, end), as many of them as a sample may have.
  [[nodiscard]] Sample head(std::uint64_t end) const;
  [[nodiscard]] Sample tail(std::uint64_t end) const;
  // Throws Errc::unavailable unless the log still begins as it did. It grows at its end only, so that all
  // that was read is as it was.
  void check() const;

 private:
  [[nodiscard]] Sample sample(std::uint64_t offset, std::uint64_t size) const;
  void read_live(std::uint64_t offset, std::span<std::byte> buffer) const;
  [[noreturn]] void fail() const;

  std::shared_ptr<const LiveDatabase> database_;
  std::uint64_t size_;
  Bytes head_;
  std::uint64_t held_from_;
  Bytes held_;  // [held_from_, size_)
};

// Whether a live log holds, where it says, what a segment ends with.
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
