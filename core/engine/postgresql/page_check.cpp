#include "engine/postgresql/page_check.hpp"

#include "engine/postgresql/page_checksum.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

namespace pitr::postgresql {

namespace {

constexpr int kAttempts = 5;
constexpr std::chrono::milliseconds kPause{20};

}  // namespace

PageCheck::PageCheck(std::string file, std::uint32_t first_block)
    : file_(std::move(file)), first_block_(first_block) {}

void PageCheck::feed(ByteView bytes) {
  if (!begun_.empty()) {
    const ByteView rest = bytes.first(std::min<std::size_t>(kPageSize - begun_.size(), bytes.size()));
    append(begun_, rest);
    bytes = bytes.subspan(rest.size());
    if (begun_.size() < kPageSize) return;
    judge(begun_);
    begun_.clear();
  }
  for (; bytes.size() >= kPageSize; bytes = bytes.subspan(kPageSize)) judge(bytes.first(kPageSize));
  append(begun_, bytes);
}

void PageCheck::judge(ByteView page) {
  const RelationPage whole(page);
  const std::uint32_t block = first_block_ + pages_++;
  if (!is_sound_page(whole, block))
    doubts_.push_back({file_, block, computed_checksum(whole, block), stored_checksum(whole)});
}

void PageCheck::drop_settled(const LogReach& reach, const ReadAgain& read_again) {
  const Lsn end = reach.end_so_far();
  std::erase_if(doubts_, [&](BadPage& doubt) {
    std::array<std::byte, kPageSize> page{};
    read_again((doubt.block - first_block_) * std::uint64_t{kPageSize}, page);
    if (is_sound_page(page, doubt.block)) return true;
    doubt.computed = computed_checksum(page, doubt.block);
    doubt.stored = stored_checksum(page);
    return reach.start <= page_lsn(page) && page_lsn(page) <= end;
  });
}

std::vector<BadPage> PageCheck::finish(const LogReach& reach, const ReadAgain& read_again) {
  for (int i = 0; i < kAttempts && !doubts_.empty(); ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    drop_settled(reach, read_again);
  }
  return std::move(doubts_);
}

}  // namespace pitr::postgresql
