#pragma once

#include "base/bytes.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace pitr::postgresql {

// A page whose checksum does not hold, and that no log will put right.
struct BadPage {
  std::string file;         // relative to the data directory
  std::uint32_t block = 0;  // in the relation
  std::uint16_t computed = 0;
  std::uint16_t stored = 0;
  bool operator==(const BadPage&) const = default;
};

// Which pages of a backup its log will put right: those changed since it started have their image there.
struct LogReach {
  Lsn start;                        // where replay begins
  std::function<Lsn()> end_so_far;  // where the log ends now; asked only when a page is in doubt
};

// Verifies the pages of one file of a relation while it is read from a server that goes on writing. A page
// that was read while it was written is torn, and no damage: what is in doubt is read again, a few times.
class PageCheck {
 public:
  // first_block: the block number of the file's first page.
  PageCheck(std::string file, std::uint32_t first_block);

  // The file's bytes, in order. A page that the file does not hold to its end is not judged.
  void feed(ByteView bytes);

  // Reads the page at this place in the file once more; what is behind its end is zero.
  using ReadAgain = std::function<void(std::uint64_t offset, std::span<std::byte> page)>;

  // After the last byte: the pages that stay bad. It takes a tenth of a second if there are any.
  [[nodiscard]] std::vector<BadPage> finish(const LogReach& reach, const ReadAgain& read_again);

 private:
  void judge(ByteView page);
  void drop_settled(const LogReach& reach, const ReadAgain& read_again);

  std::string file_;
  std::uint32_t first_block_;
  std::uint32_t pages_ = 0;  // judged so far
  Bytes begun_;              // of the next page
  std::vector<BadPage> doubts_;
};

}  // namespace pitr::postgresql
