#include "base/crc32c.hpp"
#include "repo/codec_formats.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <snappy.h>

// The snappy framing format (framing_format.txt of the snappy project), of which we write and read:
//
//   stream identifier   ff 06 00 00 73 4e 61 50 70 59
//   chunks              type (1 byte), length of what follows (3 bytes, little-endian), then
//     type 00           masked CRC-32C of the raw bytes (4 bytes, little-endian), compressed bytes
//     type 01           masked CRC-32C of the raw bytes (4 bytes, little-endian), raw bytes
//
// A chunk holds at most 65536 raw bytes. "abc" is ff 06 00 00 73 4e 61 50 70 59 01 07 00 00 <crc> 61 62 63.

namespace pitr {

namespace {

constexpr std::size_t kMaxChunk = 65536;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kCrcSize = 4;
constexpr auto kCompressedChunk = std::byte{0x00};
constexpr auto kUncompressedChunk = std::byte{0x01};
constexpr std::array kIdentifier = {std::byte{0xff}, std::byte{0x06}, std::byte{0x00}, std::byte{0x00},
                                    std::byte{'s'},  std::byte{'N'},  std::byte{'a'},  std::byte{'P'},
                                    std::byte{'p'},  std::byte{'Y'}};

// The format stores CRCs of data that holds CRCs itself, so it rotates them and adds a constant.
std::uint32_t masked_crc(ByteView raw) {
  const auto crc = crc32c(raw);
  return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
}

const char* chars(ByteView bytes) { return as_text(bytes).data(); }

class SnappyEncoder : public Encoder {
 public:
  explicit SnappyEncoder(ByteSink& sink) : sink_(sink) { sink_.write(kIdentifier); }

  void write(ByteView bytes) override {
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(kMaxChunk - raw_.size(), bytes.size()));
      append(raw_, part);
      bytes = bytes.subspan(part.size());
      if (raw_.size() == kMaxChunk) emit_chunk();
    }
  }

  void finish() override {
    if (!raw_.empty()) emit_chunk();
  }

 private:
  void emit_chunk() {
    constexpr auto kBody = kHeaderSize + kCrcSize;
    chunk_.resize(kBody + snappy::MaxCompressedLength(raw_.size()));
    std::size_t size = 0;
    snappy::RawCompress(chars(raw_), raw_.size(), reinterpret_cast<char*>(chunk_.data() + kBody), &size);
    const bool smaller = size < raw_.size();
    if (!smaller) {
      size = raw_.size();
      std::copy(raw_.begin(), raw_.end(), chunk_.begin() + kBody);
    }
    store_le32(chunk_.data(), static_cast<std::uint32_t>((size + kCrcSize) << 8U));
    chunk_[0] = smaller ? kCompressedChunk : kUncompressedChunk;
    store_le32(chunk_.data() + kHeaderSize, masked_crc(raw_));
    sink_.write(ByteView(chunk_).first(kBody + size));
    raw_.clear();
  }

  ByteSink& sink_;
  Bytes raw_;
  Bytes chunk_;
};

class SnappyDecoder : public ByteSource {
 public:
  explicit SnappyDecoder(StoredInput input) : input_(std::move(input)) {}

  std::size_t read(std::span<std::byte> buffer) override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      if (position_ == raw_.size() && !next_chunk()) break;
      const auto part = std::min(buffer.size() - done, raw_.size() - position_);
      std::copy_n(raw_.begin() + static_cast<std::ptrdiff_t>(position_), part,
                  buffer.begin() + static_cast<std::ptrdiff_t>(done));
      position_ += part;
      done += part;
    }
    return done;
  }

 private:
  bool next_chunk() {
    if (!begun_) input_.expect(kIdentifier, "the snappy stream identifier");
    begun_ = true;
    const auto header = input_.peek(kHeaderSize);
    if (header.empty()) return false;
    if (header.size() < kHeaderSize) input_.fail("the snappy stream is cut off here");
    const auto type = header[0];
    const std::size_t length = load_le32(header.data()) >> 8U;
    if (type != kCompressedChunk && type != kUncompressedChunk) {
      input_.fail(
          fmt::format("snappy chunk type {:#04x} is not one of ours", std::to_integer<unsigned>(type)));
    }
    // What expands is stored raw, so no chunk is longer than this.
    if (length <= kCrcSize || length > kCrcSize + kMaxChunk) {
      input_.fail(fmt::format("a snappy chunk of {} bytes is impossible", length));
    }
    const auto chunk = input_.peek(kHeaderSize + length);
    if (chunk.size() < kHeaderSize + length) input_.fail("the snappy stream is cut off here");
    take_chunk(type, chunk.subspan(kHeaderSize, length));
    input_.consume(kHeaderSize + length);
    return true;
  }

  void take_chunk(std::byte type, ByteView content) {
    const auto body = content.subspan(kCrcSize);
    if (type == kCompressedChunk) {
      std::size_t size = 0;
      if (!snappy::GetUncompressedLength(chars(body), body.size(), &size) || size == 0 || size > kMaxChunk) {
        input_.fail("a snappy chunk has no possible raw size");
      }
      raw_.resize(size);
      if (!snappy::RawUncompress(chars(body), body.size(), reinterpret_cast<char*>(raw_.data()))) {
        input_.fail("bad snappy data");
      }
    } else {
      raw_.assign(body.begin(), body.end());
    }
    position_ = 0;
    if (load_le32(content.data()) != masked_crc(raw_))
      input_.fail("a snappy chunk's checksum does not match");
  }

  StoredInput input_;
  Bytes raw_;
  std::size_t position_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_snappy_encoder(ByteSink& sink) { return std::make_unique<SnappyEncoder>(sink); }

std::unique_ptr<ByteSource> make_snappy_decoder(StoredInput input) {
  return std::make_unique<SnappyDecoder>(std::move(input));
}

}  // namespace pitr
