#include "engine/postgresql/backup_reader.hpp"

#include "base/error.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/relation_file.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <fcntl.h>

namespace pitr::postgresql {

namespace {

constexpr std::uint32_t kModeBits = 07777;
constexpr int kControlAttempts = 10;
constexpr std::chrono::milliseconds kControlPause{20};

// The file may have been cut off meanwhile.
void read_or_zero(int fd, std::uint64_t offset, std::span<std::byte> buffer, const fs::path& path) {
  const std::size_t got = read_at(fd, buffer, offset, path);
  std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(got), buffer.end(), std::byte{0});
}

std::optional<PageCheck> page_check_of(const BackupFile& file, const std::optional<PageRules>& rules) {
  if (!rules || !file.has_pages) return std::nullopt;
  const auto name = parse_relation_file(std::string_view(file.path).substr(file.path.rfind('/') + 1));
  if (!name) return std::nullopt;
  return PageCheck(file.path, name->segment * rules->segment_pages);
}

}  // namespace

BackupReader::BackupReader(fs::path data_directory, std::optional<PageRules> rules)
    : root_(std::move(data_directory)), rules_(std::move(rules)) {}

bool BackupReader::read(const BackupFile& file, const Visit& visit) {
  const fs::path path = root_ / file.path;
  // Whatever has taken the file's place: opening it must not wait.
  const auto fd = open_if_exists(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return false;
  const struct stat status = stat_of(fd->get(), path);
  if (!S_ISREG(status.st_mode)) return false;
  ::posix_fadvise(fd->get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  auto check = page_check_of(file, rules_);
  visit({file.path, static_cast<std::uint64_t>(status.st_size), status.st_mode & kModeBits,
         [&](std::uint64_t offset, std::span<std::byte> buffer) {
           read_or_zero(fd->get(), offset, buffer, path);
           if (check) check->feed(buffer);
         }});
  if (check) {
    findings_.checked += static_cast<std::uint64_t>(status.st_size) / kPageSize;
    note(check->finish(rules_->reach, [&](std::uint64_t offset, std::span<std::byte> page) {
      read_or_zero(fd->get(), offset, page, path);
    }));
  }
  return true;
}

void BackupReader::note(std::vector<BadPage> pages) {
  findings_.bad += pages.size();
  const std::size_t room = PageFindings::kMostListed - findings_.listed.size();
  pages.resize(std::min(pages.size(), room));
  std::move(pages.begin(), pages.end(), std::back_inserter(findings_.listed));
}

void BackupReader::read_control_file(const Visit& visit) {
  const fs::path path = root_ / kControlFilePath;
  const std::uint32_t mode = stat_of(open_file(path, O_RDONLY).get(), path).st_mode & kModeBits;
  visit(file_in_memory(kControlFilePath, mode, read_sound_control_file(root_)));
}

Bytes read_sound_control_file(const fs::path& data_directory) {
  const fs::path path = data_directory / kControlFilePath;
  for (int attempt = 1;; ++attempt) {
    Bytes bytes = read_whole_file(path);
    try {
      (void)parse_control_file(bytes, path.native());
      return bytes;
    } catch (const Error& error) {
      // The server may just be writing it.
      if (error.code() != Errc::corrupt || attempt == kControlAttempts) throw;
    }
    std::this_thread::sleep_for(kControlPause);
  }
}

SnapshotSourceFile file_in_memory(std::string path, std::uint32_t mode, Bytes bytes) {
  const auto shared = std::make_shared<const Bytes>(std::move(bytes));
  return {std::move(path), shared->size(), mode, [shared](std::uint64_t offset, std::span<std::byte> buffer) {
            std::copy_n(shared->begin() + static_cast<std::ptrdiff_t>(offset), buffer.size(), buffer.begin());
          }};
}

}  // namespace pitr::postgresql
