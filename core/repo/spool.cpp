#include "repo/spool.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace pitr {

namespace {

constexpr std::size_t kPieceSize = std::size_t{1} << 20U;

fs::path spool_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

// For file systems without O_TMPFILE (NFS among them).
Fd open_and_unlink(const fs::path& directory) {
  auto name = (directory / "pitrctl-spool-XXXXXX").string();
  Fd file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) throw_errno("create a temporary file in", directory.native());
  ::unlink(name.c_str());
  return file;
}

Fd open_unnamed(const fs::path& directory) {
  Fd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.is_open()) return file;
  if (errno == EOPNOTSUPP || errno == EISDIR) return open_and_unlink(directory);
  throw_errno("create a temporary file in", directory.native());
}

class FileSource : public ByteSource {
 public:
  FileSource(int fd, const fs::path& directory) : fd_(fd), directory_(directory) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const auto got = read_at(fd_, buffer, offset_, directory_);
    offset_ += got;
    return got;
  }

 private:
  int fd_;
  const fs::path& directory_;
  std::uint64_t offset_ = 0;
};

class PiecesSource : public ByteSource {
 public:
  explicit PiecesSource(const std::vector<Bytes>& pieces) : pieces_(pieces) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (piece_ == pieces_.size()) return 0;
    const ByteView rest = ByteView(pieces_[piece_]).subspan(offset_);
    const std::size_t length = std::min(rest.size(), buffer.size());
    std::copy_n(rest.begin(), length, buffer.begin());
    offset_ += length;
    if (offset_ == pieces_[piece_].size()) {
      ++piece_;
      offset_ = 0;
    }
    return length;
  }

 private:
  const std::vector<Bytes>& pieces_;
  std::size_t piece_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace

Spool::Spool(std::uint64_t memory_limit) : memory_limit_(memory_limit) {}

void Spool::write(ByteView bytes) {
  if (!file_.is_open() && bytes.size() > memory_limit_ - size_) move_to_file();
  if (file_.is_open()) {
    write_all(file_.get(), bytes, directory_);
  } else {
    keep_in_memory(bytes);
  }
  size_ += bytes.size();
}

// One buffer that grows would take up to three times its bytes while it does.
void Spool::keep_in_memory(ByteView bytes) {
  while (!bytes.empty()) {
    if (pieces_.empty() || pieces_.back().size() == kPieceSize) pieces_.emplace_back().reserve(kPieceSize);
    const ByteView part = bytes.first(std::min(bytes.size(), kPieceSize - pieces_.back().size()));
    append(pieces_.back(), part);
    bytes = bytes.subspan(part.size());
  }
}

void Spool::move_to_file() {
  directory_ = spool_directory();
  file_ = open_unnamed(directory_);
  for (const Bytes& piece : pieces_) write_all(file_.get(), piece, directory_);
  pieces_ = {};
}

std::unique_ptr<ByteSource> Spool::source() const {
  if (file_.is_open()) return std::make_unique<FileSource>(file_.get(), directory_);
  return std::make_unique<PiecesSource>(pieces_);
}

}  // namespace pitr
