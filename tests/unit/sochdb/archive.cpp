#include "archive.hpp"

#include "support/sochdb_model/state.hpp"

#include <algorithm>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>

namespace pitr::sochdb::test {

namespace {

std::string text_of(const fs::path& path) { return std::string(as_text(read_whole_file(path))); }

}  // namespace

void Database::write(const std::string& name, const std::string& text) const {
  const fs::path path = directory_ / name;
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
  write_all(fd.get(), as_bytes(text), path);
}

std::unique_ptr<Capture> Archive::capture(SourceClaim claim) const {
  return engine().capture({database_.path(), {}, pitr::test::test_secret(), claim, key_});
}

LogSince::Verdict Archive::run(SourceClaim claim) {
  const auto live = capture(claim);
  if (segments_.empty()) {
    store(*live->start({0}, nullptr));
    add_snapshot(*live);
  }
  since_ = live->log_since(head(), [this] { return chain(head().end_lsn); });
  if (since_.verdict <= LogSince::Verdict::bridged) {
    for (const auto& draft : since_.drafts) store(*draft);
  }
  return since_.verdict;
}

void Archive::take_snapshot() {
  const auto live = capture(SourceClaim::none);
  add_snapshot(*live);
}

void Archive::add_snapshot(Capture& live) {
  const auto files = live.snapshot_files(head(), [this] { return chain(head().end_lsn); });
  const auto& file = files.files.at(0);
  Bytes bytes(file.size);
  for (std::uint64_t at = 0; at < file.size; at += kChunkSize)
    file.read(at, std::span(bytes).subspan(at, std::min<std::uint64_t>(kChunkSize, file.size - at)));
  snapshots_.emplace_back(files.manifest, file.path, bytes);
}

void Archive::store(SegmentDraft& draft) {
  StoredSegment segment = pitr::test::write_out(draft);
  segment.manifest.timeline = {1};
  segment.manifest.number = {segments_.size() + 1};
  segments_.push_back(std::move(segment));
}

SegmentFacts Archive::scan(const StoredSegment& segment) const {
  pitr::test::BytesSource source(segment.raw);
  return engine().scan(segment.manifest, source, key_ ? &*key_ : nullptr);
}

std::unique_ptr<MemoryChain> Archive::chain(Lsn to) const {
  const auto newest = std::find_if(snapshots_.rbegin(), snapshots_.rend(), [&](const MemoryChain& snapshot) {
    return snapshot.snapshot().consistent_lsn <= to;
  });
  REQUIRE(newest != snapshots_.rend());
  return chain_on(*newest, to);
}

std::unique_ptr<MemoryChain> Archive::chain_from_start(Lsn to) const {
  return chain_on(snapshots_.front(), to);
}

std::unique_ptr<MemoryChain> Archive::chain_on(const MemoryChain& snapshot, Lsn to) const {
  auto chain = std::make_unique<MemoryChain>(snapshot);
  for (const StoredSegment& segment : segments_) {
    const auto& [start, end] = std::pair(segment.manifest.start_lsn, segment.manifest.end_lsn);
    if (start < snapshot.snapshot().consistent_lsn || start >= to || start == end) continue;
    chain->add(segment, start, std::min(to, end));
  }
  return chain;
}

Restored Archive::restore(const MemoryChain& chain, Lsn to, bool generation_only) const {
  const TempDir directory;
  const fs::path target = directory / "target";
  const fs::path staging = target / "staging";
  fs::create_directories(staging);
  NoProgress progress;
  RecoveryOptions options;
  options.generation_only = generation_only;
  const RestoreMark mark{"0123456789abcdef0123456789abcdef", {1}, to, "4567", {}};
  Restored restored;
  restored.result = engine().replay(
      {chain, to, {1}, staging, target, mark, options, 2, progress, {}, key_ ? &*key_ : nullptr});
  CHECK(fs::is_empty(staging));
  restored.log = text_of(target / "wal.log");
  restored.manifest = text_of(target / "wal.manifest");
  if (fs::exists(target / "keyring.json")) restored.keyring = text_of(target / "keyring.json");
  return restored;
}

std::string state_of(const std::string& log) {
  PlainFrames format;
  const Lsn end = facts_of(log, format).stop.good_end.lsn;
  MemorySource source(log);
  LogReader reader(source, format);
  return state_at(reader, end).sha256();
}

}  // namespace pitr::sochdb::test
