#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pitr {

// How payloads are compressed. Stored by name; never rename.
//   none    the bytes themselves
//   zstd    one zstd frame (RFC 8878) with a checksum, and the size where it is known beforehand
//   lz4     one LZ4 frame with the same
//   snappy  the snappy framing format: stream identifier, then compressed and uncompressed chunks
enum class CodecKind { none, zstd, lz4, snappy };

struct Codec {
  CodecKind kind = CodecKind::zstd;
  int level = 1;  // zstd: -7 to 19; lz4: 0 to 12; others have none
  bool operator==(const Codec&) const = default;
};

std::string_view codec_name(CodecKind kind);
// By the name in a manifest; throws Errc::corrupt for one not known.
CodecKind codec_kind(std::string_view name);
// Reads "zstd", "zstd:3", "none", ...; throws a usage error otherwise. to_text writes it back.
Codec parse_codec(std::string_view text);
std::string to_text(const Codec& codec);

// Compresses what is written to it into the sink it was made with. finish() must be called once, at the end.
class Encoder : public ByteSink {
 public:
  virtual void finish() = 0;
  // In place of finish(): these are the last bytes. What is one piece from beginning to end is best given so.
  virtual void finish_with(ByteView bytes) {
    write(bytes);
    finish();
  }
};
std::unique_ptr<Encoder> make_encoder(const Codec& codec, ByteSink& sink);

// Decompresses a source. Throws Errc::corrupt on anything but one complete stream with nothing after it.
// Errors name `what`, the object, and the byte in it; `offset` is where in the object the source begins.
// Memory is bounded whatever the input claims. What none and snappy have no mark for, a stream cut off
// (between two chunks), is for the caller to notice by the size.
std::unique_ptr<ByteSource> make_decoder(CodecKind kind, ByteSource& source, std::string what,
                                         std::uint64_t offset = 0);

// The same for small pieces held in memory. decode fails unless exactly `size` bytes come out.
Bytes encode(const Codec& codec, ByteView raw);
Bytes decode(CodecKind kind, ByteView stored, std::size_t size, const std::string& what,
             std::uint64_t offset = 0);

}  // namespace pitr
