#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "model/segment_manifest.hpp"
#include "repo/codec.hpp"
#include "repo/payload_reader.hpp"
#include "repo/repository.hpp"
#include "support/caught.hpp"
#include "support/memory_store.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

namespace pitr::test {

inline constexpr std::array kAllCodecs = {CodecKind::none, CodecKind::zstd, CodecKind::lz4,
                                          CodecKind::snappy};

inline Bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

inline Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// Runs of one byte, long and short, so that codecs have something to do.
inline Bytes random_runs(Random& random, std::size_t size) {
  Bytes bytes;
  bytes.reserve(size);
  while (bytes.size() < size) {
    const auto run = std::min<std::uint64_t>(between(random, 1, coin(random) ? 4 : 400), size - bytes.size());
    bytes.insert(bytes.end(), run, static_cast<std::byte>(random()));
  }
  return bytes;
}

inline Bytes flipped(Bytes bytes, std::size_t at, unsigned by) {
  bytes[at] ^= static_cast<std::byte>(by);
  return bytes;
}

inline Bytes without(Bytes bytes, std::size_t at) {
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

inline Bytes with(Bytes bytes, std::size_t at, unsigned byte) {
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::byte>(byte));
  return bytes;
}

inline Bytes cut(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

// Reads to the end in pieces of changing size.
inline Bytes drain(ByteSource& source) {
  Bytes all;
  std::array<std::byte, 1013> buffer{};
  for (std::size_t size = 1;; size = size % buffer.size() + 1) {
    const auto got = source.read(std::span(buffer).first(size));
    if (got == 0) return all;
    append(all, ByteView(buffer).first(got));
  }
}

template <typename F>
bool is_corrupt(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.code() == Errc::corrupt;
  }
  return false;
}

// What a shell command prints, and that it succeeds.
inline Bytes output_of(const TempDir& directory, const std::string& command) {
  const auto path = (directory / "output").string();
  REQUIRE(std::system((command + " > " + path).c_str()) == 0);
  return read_whole_file(path);
}

inline std::string save(const TempDir& directory, const std::string& name, ByteView bytes) {
  const auto path = (directory / name).string();
  std::ofstream(path, std::ios::binary) << as_text(bytes);
  return path;
}

inline Repository new_repository(const MemoryStore& store, const Codec& codec = {}) {
  return Repository::init(store.handle(), "sqlite", LsnNotation::decimal, codec);
}

inline TimelineDocument sample_timeline(const Repository& repository, std::uint32_t id = 1) {
  TimelineDocument timeline;
  timeline.repository = repository.document().id;
  timeline.timeline = {id};
  if (id > 1) {
    timeline.parent = TimelineId{id - 1};
    timeline.fork_lsn = Lsn{10};
  }
  timeline.created_at = {1000};
  timeline.source = {{"path", "/var/lib/app.db"}};
  return timeline;
}

// Segment n of a timeline: the LSNs from 10 n to 10 n + 10.
inline SegmentManifest sample_segment(const Repository& repository, std::uint64_t number = 1,
                                      std::uint32_t timeline = 1) {
  SegmentManifest segment;
  segment.repository = repository.document().id;
  segment.engine = repository.document().engine;
  segment.timeline = {timeline};
  segment.number = {number};
  segment.start_lsn = {10 * number};
  segment.end_lsn = {10 * number + 10};
  segment.last_record_lsn = segment.end_lsn;
  segment.link_in = "before " + std::to_string(number);
  segment.link_out = "before " + std::to_string(number + 1);
  segment.archived_at = {2000};
  segment.engine_data = Json{{"page_size", 4096}};
  return segment;
}

inline auto writes(const Bytes& raw) {
  return [&raw](ByteSink& sink) { sink.write(raw); };
}

inline RestorePoint sample_restore_point(const Repository& repository,
                                         const std::string& name = "before migration") {
  RestorePoint point;
  point.repository = repository.document().id;
  point.name = name;
  point.timeline = {1};
  point.point = {{15}, Timestamp{1500}, Xid{3}};
  point.description = "as agreed";
  point.created_at = {3000};
  return point;
}

inline void create_all(const Repository& repository, std::uint64_t segments, const Bytes& raw) {
  REQUIRE(repository.create_timeline(sample_timeline(repository)) == Repository::Creation::created);
  for (std::uint64_t n = 1; n <= segments; ++n) {
    auto manifest = sample_segment(repository, n);
    REQUIRE(repository.create_segment(manifest, writes(raw)) == Repository::Creation::created);
  }
}

}  // namespace pitr::test
