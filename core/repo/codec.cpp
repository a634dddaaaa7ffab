#include "repo/codec.hpp"

#include "base/error.hpp"
#include "repo/codec_formats.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

struct CodecTraits {
  CodecKind kind;
  std::string_view name;
  bool has_level;
  int min_level;
  int max_level;
};

constexpr std::array<CodecTraits, 4> kCodecs = {{
    {CodecKind::none, "none", false, 0, 0},
    {CodecKind::zstd, "zstd", true, -7, 19},
    {CodecKind::lz4, "lz4", true, 0, 12},
    {CodecKind::snappy, "snappy", false, 0, 0},
}};

const CodecTraits* find_codec(std::string_view name) {
  for (const auto& codec : kCodecs) {
    if (codec.name == name) return &codec;
  }
  return nullptr;
}

const CodecTraits& traits_of(CodecKind kind) {
  for (const auto& codec : kCodecs) {
    if (codec.kind == kind) return codec;
  }
  throw Error(Errc::internal, "a codec has no name");
}

int parse_level(std::string_view text, const CodecTraits& codec) {
  int level = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), level);
  const bool number = problem == std::errc() && end == text.data() + text.size();
  if (!number || level < codec.min_level || level > codec.max_level) {
    throw Error(Errc::usage, fmt::format("'{}' is not a level of {}", text, codec.name),
                fmt::format("its levels are {} to {}", codec.min_level, codec.max_level));
  }
  return level;
}

class PlainEncoder : public Encoder {
 public:
  explicit PlainEncoder(ByteSink& sink) : sink_(sink) {}
  void write(ByteView bytes) override { sink_.write(bytes); }
  void finish() override {}

 private:
  ByteSink& sink_;
};

class PlainDecoder : public ByteSource {
 public:
  explicit PlainDecoder(ByteSource& source) : source_(source) {}
  std::size_t read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  ByteSource& source_;
};

}  // namespace

std::string_view codec_name(CodecKind kind) { return traits_of(kind).name; }

CodecKind codec_kind(std::string_view name) {
  const auto* codec = find_codec(name);
  if (codec == nullptr) throw Error(Errc::corrupt, fmt::format("'{}' is not a known codec", name));
  return codec->kind;
}

Codec parse_codec(std::string_view text) {
  const auto colon = text.find(':');
  const auto* codec = find_codec(text.substr(0, colon));
  if (codec == nullptr || (colon != std::string_view::npos && !codec->has_level)) {
    throw Error(Errc::usage, fmt::format("'{}' is not a way to compress", text),
                "use none, zstd, zstd:LEVEL, lz4, lz4:LEVEL or snappy");
  }
  Codec chosen{codec->kind};
  if (colon != std::string_view::npos) chosen.level = parse_level(text.substr(colon + 1), *codec);
  return chosen;
}

std::string to_text(const Codec& codec) {
  const auto& traits = traits_of(codec.kind);
  return traits.has_level ? fmt::format("{}:{}", traits.name, codec.level) : std::string(traits.name);
}

std::unique_ptr<Encoder> make_encoder(const Codec& codec, ByteSink& sink) {
  switch (codec.kind) {
    case CodecKind::none:
      return std::make_unique<PlainEncoder>(sink);
    case CodecKind::zstd:
      return make_zstd_encoder(codec.level, sink);
    case CodecKind::lz4:
      return make_lz4_encoder(codec.level, sink);
    case CodecKind::snappy:
      return make_snappy_encoder(sink);
  }
  throw Error(Errc::internal, "a codec has no encoder");
}

std::unique_ptr<ByteSource> make_decoder(CodecKind kind, ByteSource& source, std::string what,
                                         std::uint64_t offset) {
  StoredInput input(source, std::move(what), offset);
  switch (kind) {
    case CodecKind::none:
      return std::make_unique<PlainDecoder>(source);
    case CodecKind::zstd:
      return make_zstd_decoder(std::move(input));
    case CodecKind::lz4:
      return make_lz4_decoder(std::move(input));
    case CodecKind::snappy:
      return make_snappy_decoder(std::move(input));
  }
  throw Error(Errc::internal, "a codec has no decoder");
}

Bytes encode(const Codec& codec, ByteView raw) {
  if (codec.kind == CodecKind::zstd) return zstd_encode(codec.level, raw);
  if (codec.kind == CodecKind::lz4) return lz4_encode(codec.level, raw);
  Bytes stored;
  MemorySink sink(stored);
  const auto encoder = make_encoder(codec, sink);
  encoder->write(raw);
  encoder->finish();
  return stored;
}

Bytes decode(CodecKind kind, ByteView stored, std::size_t size, const std::string& what,
             std::uint64_t offset) {
  if (kind == CodecKind::zstd) {
    if (auto raw = zstd_decode(stored, size)) return std::move(*raw);
  }
  MemorySource source(stored);
  const auto decoder = make_decoder(kind, source, what, offset);
  Bytes raw(size + 1);  // one more, to see that there is none
  std::size_t got = 0;
  while (got < raw.size()) {
    const auto part = decoder->read(std::span(raw).subspan(got));
    if (part == 0) break;
    got += part;
  }
  if (got != size) {
    throw Error(Errc::corrupt,
                fmt::format("{}: what is at byte {} decodes to {}{} bytes, not to the {} recorded", what,
                            offset, got > size ? "more than " : "", std::min(got, size), size));
  }
  raw.resize(size);
  return raw;
}

}  // namespace pitr
