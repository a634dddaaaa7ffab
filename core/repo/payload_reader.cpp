#include "repo/payload_reader.hpp"

#include "base/error.hpp"
#include "repo/codec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

class VerifiedBlocks : public ByteSource {
 public:
  VerifiedBlocks(const Store& store, PayloadPlace place, const PayloadManifest& manifest)
      : store_(store), place_(std::move(place)), manifest_(manifest) {
    const auto size = manifest.stored_size;
    const auto blocks = size / kPayloadBlock + (size % kPayloadBlock == 0 ? 0 : 1);
    if (blocks != manifest.block_hashes.size()) {
      throw Error(Errc::corrupt, fmt::format("{}: its manifest has {} block hashes for {} stored bytes",
                                             place_.key, manifest.block_hashes.size(), size));
    }
  }

  std::size_t read(std::span<std::byte> buffer) override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      if (position_ == size_ && !next_block()) break;
      const auto part = std::min(buffer.size() - done, size_ - position_);
      std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(position_), part,
                  buffer.begin() + static_cast<std::ptrdiff_t>(done));
      position_ += part;
      done += part;
    }
    return done;
  }

 private:
  bool next_block() {
    if (ended_) return false;
    const auto start = next_ * kPayloadBlock;
    const auto size = static_cast<std::size_t>(std::min(kPayloadBlock, manifest_.stored_size - start));
    ended_ = start + size == manifest_.stored_size;
    load(place_.offset + start, size);
    if (size == 0) return false;
    if (hash64_of(ByteView(block_).first(size)) != manifest_.block_hashes[next_]) {
      fail(place_.offset + start, size, "do not match the hash in the manifest");
    }
    ++next_;
    position_ = 0;
    size_ = size;
    return true;
  }

  // The last read asks for one byte more than there should be.
  void load(std::uint64_t from, std::size_t size) {
    auto bytes = store_.read(place_.key, from, size + (ended_ ? 1 : 0));
    if (!bytes) throw Error(Errc::corrupt, fmt::format("{}: is gone", place_.key));
    if (bytes->size() < size) {
      fail(from, size, fmt::format("should be there, but the object ends at byte {}", from + bytes->size()));
    }
    if (bytes->size() > size) {
      throw Error(Errc::corrupt,
                  fmt::format("{}: goes on after byte {}, where it should end", place_.key, from + size));
    }
    block_ = std::move(*bytes);
  }

  [[noreturn]] void fail(std::uint64_t from, std::size_t size, std::string_view problem) const {
    throw Error(Errc::corrupt, fmt::format("{}: bytes [{}, {}) {}", place_.key, from, from + size, problem));
  }

  const Store& store_;
  PayloadPlace place_;
  PayloadManifest manifest_;
  std::uint64_t next_ = 0;  // block
  bool ended_ = false;
  Bytes block_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;
};

class VerifiedPayload : public ByteSource {
 public:
  VerifiedPayload(const Store& store, const PayloadPlace& place, const PayloadManifest& manifest)
      : place_(place),
        manifest_(manifest),
        stored_(store, place, manifest),
        decoder_(make_decoder(codec_kind(manifest.codec), stored_, place.key, place.offset)) {}

  std::size_t read(std::span<std::byte> buffer) override {
    const auto got = buffer.empty() ? 0 : decoder_->read(buffer);
    digest_.update(ByteView(buffer).first(got));
    size_ += got;
    if (size_ > manifest_.size) fail(fmt::format("more than the {} recorded", manifest_.size));
    if (got == 0 && !buffer.empty()) check_whole();
    return got;
  }

 private:
  void check_whole() const {
    if (size_ != manifest_.size) fail(fmt::format("{}, not the {} recorded", size_, manifest_.size));
    if (digest_.digest() != manifest_.xxh3) fail("the recorded number, but not with the recorded hash");
  }

  [[noreturn]] void fail(std::string_view found) const {
    throw Error(Errc::corrupt, fmt::format("{}: bytes [{}, {}) hold raw bytes: {}", place_.key, place_.offset,
                                           place_.offset + manifest_.stored_size, found));
  }

  PayloadPlace place_;
  PayloadManifest manifest_;
  VerifiedBlocks stored_;
  std::unique_ptr<ByteSource> decoder_;
  DigestStream digest_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_stored(const Store& store, const PayloadPlace& place,
                                        const PayloadManifest& manifest) {
  return std::make_unique<VerifiedBlocks>(store, place, manifest);
}

std::unique_ptr<ByteSource> open_payload(const Store& store, const PayloadPlace& place,
                                         const PayloadManifest& manifest) {
  return std::make_unique<VerifiedPayload>(store, place, manifest);
}

Bytes read_all(ByteSource& source, std::uint64_t limit, const std::string& what) {
  constexpr std::size_t kStep = std::size_t{256} * 1024;
  Bytes bytes;
  for (;;) {
    const auto before = bytes.size();
    bytes.resize(before + kStep);
    const auto got = source.read(std::span(bytes).subspan(before));
    bytes.resize(before + got);
    if (got == 0) return bytes;
    if (bytes.size() > limit)
      throw Error(Errc::corrupt, fmt::format("{}: is longer than {} bytes", what, limit));
  }
}

std::uint64_t copy_all(ByteSource& source, ByteSink& sink) {
  Bytes piece(kPayloadBlock);
  std::uint64_t total = 0;
  while (const auto got = source.read(piece)) {
    sink.write(ByteView(piece).first(got));
    total += got;
  }
  return total;
}

}  // namespace pitr
