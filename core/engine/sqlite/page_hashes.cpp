#include "engine/sqlite/page_hashes.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

#include <algorithm>

#include <fcntl.h>

namespace pitr::sqlite {

namespace {

// The file: a line of JSON in its first 4096 bytes, the rest of which are zero, then 8 bytes for each page in
// the machine's own order. While the hashes change those 4096 bytes are all zero.
constexpr std::size_t kHeaderSize = 4096;

std::uint64_t offset_of(std::uint32_t page) {
  return kHeaderSize + (page - std::uint64_t{1}) * sizeof(std::uint64_t);
}

}  // namespace

PageHashes::PageHashes(fs::path path, Fd fd, std::uint32_t page_size)
    : path_(std::move(path)), fd_(std::move(fd)), page_size_(page_size) {}

std::optional<PageHashes> PageHashes::open(const fs::path& path, const std::string& link,
                                           std::uint32_t page_size) {
  auto fd = open_if_exists(path, O_RDWR);
  if (!fd) return std::nullopt;
  PageHashes hashes(path, std::move(*fd), page_size);
  Bytes header(kHeaderSize);
  header.resize(read_at(hashes.fd_.get(), header, 0, path));
  const std::string_view text = as_text(header).substr(0, as_text(header).find('\n'));
  try {
    const Json json = parse_json(text, path.string());
    const JsonReader reader(json, path.string());
    if (reader.string("link") != link || reader.u32("page_size") != page_size) return std::nullopt;
    hashes.page_count_ = reader.u32("page_count");
  } catch (const Error&) {
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(stat_of(hashes.fd_.get(), path).st_size);
  if (size < offset_of(hashes.page_count_ + 1)) return std::nullopt;
  return hashes;
}

PageHashes PageHashes::create(const fs::path& path, std::uint32_t page_size) {
  PageHashes hashes(path, open_file(path, O_RDWR | O_CREAT | O_TRUNC, 0600), page_size);
  hashes.begin();
  return hashes;
}

void PageHashes::read(std::uint32_t first, std::span<std::uint64_t> hashes) const {
  const auto bytes = std::as_writable_bytes(hashes);
  if (read_at(fd_.get(), bytes, offset_of(first), path_) != bytes.size()) {
    throw Error(Errc::io_error, "cannot read " + path_.string() + ": it is shorter than it was");
  }
}

void PageHashes::begin() {
  write_all_at(fd_.get(), Bytes(kHeaderSize), 0, path_);
  sync_file(fd_.get(), path_);
}

void PageHashes::set(std::uint32_t first, std::span<const std::uint64_t> hashes) {
  write_all_at(fd_.get(), std::as_bytes(hashes), offset_of(first), path_);
}

void PageHashes::set(std::vector<Update> updates) {
  std::stable_sort(updates.begin(), updates.end(), [](auto a, auto b) { return a.first < b.first; });
  std::vector<std::uint64_t> run;
  std::uint32_t run_start = 0;
  for (std::size_t i = 0; i < updates.size(); ++i) {
    if (i + 1 < updates.size() && updates[i + 1].first == updates[i].first) continue;
    const auto [page, hash] = updates[i];
    if (!run.empty() && page != run_start + run.size()) {
      set(run_start, run);
      run.clear();
    }
    if (run.empty()) run_start = page;
    run.push_back(hash);
  }
  if (!run.empty()) set(run_start, run);
}

void PageHashes::finish(const std::string& link, std::uint32_t page_count) {
  truncate_file(fd_.get(), offset_of(page_count + 1), path_);
  page_count_ = page_count;
  sync_file(fd_.get(), path_);
  Json header;
  header["link"] = link;
  header["page_size"] = page_size_;
  header["page_count"] = page_count;
  write_all_at(fd_.get(), as_bytes(header.dump() + "\n"), 0, path_);
}

}  // namespace pitr::sqlite
