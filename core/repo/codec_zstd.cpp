#include "base/error.hpp"
#include "base/large_buffer.hpp"
#include "repo/codec_formats.hpp"

#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <zstd.h>

namespace pitr {

namespace {

// The largest window any frame may ask us to hold; zstd's own command line stops at the same.
constexpr int kMaxWindowLog = 27;

// Step by step the library keeps a copy of what it is given; in one piece it takes it from where it is, and
// needs room for all of the result.
constexpr std::size_t kMostInOnePiece = std::size_t{64} << 20U;

constexpr std::array kMagic = {std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using CompressionContext = std::unique_ptr<ZSTD_CCtx, FreeContext>;
using DecompressionContext = std::unique_ptr<ZSTD_DCtx, FreeContext>;

std::size_t must_succeed(std::size_t result, std::string_view doing) {
  if (ZSTD_isError(result) != 0) {
    throw Error(Errc::internal, fmt::format("zstd cannot {}: {}", doing, ZSTD_getErrorName(result)));
  }
  return result;
}

CompressionContext make_compression_context() {
  CompressionContext context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  must_succeed(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1), "checksum");
  return context;
}

DecompressionContext make_decompression_context() {
  DecompressionContext context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  must_succeed(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog), "limit the window");
  return context;
}

void set_level(ZSTD_CCtx* context, int level) {
  must_succeed(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level), "set the level");
}

class ZstdEncoder : public Encoder {
 public:
  ZstdEncoder(int level, ByteSink& sink)
      : sink_(sink), context_(make_compression_context()), buffer_(ZSTD_CStreamOutSize()) {
    set_level(context_.get(), level);
  }

  void write(ByteView bytes) override {
    begun_ = true;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) step(in, ZSTD_e_continue);
  }

  void finish() override { finish_by_steps({}); }

  void finish_with(ByteView bytes) override {
    if (begun_ || bytes.size() > kMostInOnePiece) return finish_by_steps(bytes);
    LargeBuffer stored(ZSTD_compressBound(bytes.size()));
    const auto size = ZSTD_compress2(context_.get(), stored.bytes().data(), stored.bytes().size(),
                                     bytes.data(), bytes.size());
    sink_.write(stored.bytes().first(must_succeed(size, "compress")));
  }

 private:
  void finish_by_steps(ByteView bytes) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (step(in, ZSTD_e_end) != 0) {
    }
  }

  std::size_t step(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
    ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
    const auto left = must_succeed(ZSTD_compressStream2(context_.get(), &out, &in, directive), "compress");
    if (out.pos > 0) sink_.write(ByteView(buffer_).first(out.pos));
    return left;
  }

  ByteSink& sink_;
  CompressionContext context_;
  Bytes buffer_;
  bool begun_ = false;
};

class ZstdDecoder : public ByteSource {
 public:
  explicit ZstdDecoder(StoredInput input)
      : input_(std::move(input)), context_(make_decompression_context()) {}

  std::size_t read(std::span<std::byte> buffer) override {
    if (!begun_) check_magic();
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos < out.size && !ended_) step(out);
    return out.pos;
  }

 private:
  // A skippable frame, or one of an older format, would be read as well.
  void check_magic() {
    const auto head = input_.peek(kMagic.size());
    if (head.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), head.begin())) {
      input_.fail("no zstd frame begins here");
    }
    begun_ = true;
  }

  void step(ZSTD_outBuffer& out) {
    const auto stored = input_.peek();
    const auto before = out.pos;
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    const auto left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) input_.fail(fmt::format("bad zstd data: {}", ZSTD_getErrorName(left)));
    input_.consume(in.pos);
    if (left == 0) {
      ended_ = true;
      input_.expect_end();
    } else if (stored.empty() && out.pos == before) {
      input_.fail("the zstd frame is cut off here");
    }
  }

  StoredInput input_;
  DecompressionContext context_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder(int level, ByteSink& sink) {
  return std::make_unique<ZstdEncoder>(level, sink);
}

std::unique_ptr<ByteSource> make_zstd_decoder(StoredInput input) {
  return std::make_unique<ZstdDecoder>(std::move(input));
}

Bytes zstd_encode(int level, ByteView raw) {
  thread_local const auto context = make_compression_context();
  set_level(context.get(), level);
  Bytes stored(ZSTD_compressBound(raw.size()));
  stored.resize(must_succeed(
      ZSTD_compress2(context.get(), stored.data(), stored.size(), raw.data(), raw.size()), "compress"));
  return stored;
}

std::optional<Bytes> zstd_decode(ByteView stored, std::size_t size) {
  if (stored.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), stored.begin())) return {};
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) return {};
  thread_local const auto context = make_decompression_context();
  Bytes raw(size);
  const auto got = ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(), stored.size());
  if (ZSTD_isError(got) != 0 || got != size) return {};
  return raw;
}

}  // namespace pitr
