#include "base/error.hpp"
#include "repo/codec_formats.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <lz4frame.h>

namespace pitr {

namespace {

constexpr std::array kMagic = {std::byte{0x04}, std::byte{0x22}, std::byte{0x4d}, std::byte{0x18}};

// Raw bytes compressed at a time; one block of the frame.
constexpr std::size_t kSlice = std::size_t{256} * 1024;

struct FreeContext {
  void operator()(LZ4F_cctx* context) const { LZ4F_freeCompressionContext(context); }
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

std::size_t must_succeed(std::size_t result, std::string_view doing) {
  if (LZ4F_isError(result) != 0) {
    throw Error(Errc::internal, fmt::format("lz4 cannot {}: {}", doing, LZ4F_getErrorName(result)));
  }
  return result;
}

// Size 0 means: not known beforehand.
LZ4F_preferences_t preferences(int level, std::uint64_t size) {
  LZ4F_preferences_t chosen = LZ4F_INIT_PREFERENCES;
  chosen.frameInfo.blockSizeID = LZ4F_max256KB;
  chosen.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  chosen.frameInfo.contentSize = size;
  chosen.compressionLevel = level;
  return chosen;
}

class Lz4Encoder : public Encoder {
 public:
  Lz4Encoder(int level, ByteSink& sink) : sink_(sink), preferences_(preferences(level, 0)) {
    LZ4F_cctx* context = nullptr;
    must_succeed(LZ4F_createCompressionContext(&context, LZ4F_VERSION), "begin");
    context_.reset(context);
    buffer_.resize(std::max<std::size_t>(LZ4F_HEADER_SIZE_MAX, LZ4F_compressBound(kSlice, &preferences_)));
    emit(LZ4F_compressBegin(context, buffer_.data(), buffer_.size(), &preferences_), "begin");
  }

  void write(ByteView bytes) override {
    while (!bytes.empty()) {
      const auto slice = bytes.first(std::min(kSlice, bytes.size()));
      bytes = bytes.subspan(slice.size());
      emit(LZ4F_compressUpdate(context_.get(), buffer_.data(), buffer_.size(), slice.data(), slice.size(),
                               nullptr),
           "compress");
    }
  }

  void finish() override {
    emit(LZ4F_compressEnd(context_.get(), buffer_.data(), buffer_.size(), nullptr), "finish");
  }

 private:
  void emit(std::size_t result, std::string_view doing) {
    const auto size = must_succeed(result, doing);
    if (size > 0) sink_.write(ByteView(buffer_).first(size));
  }

  ByteSink& sink_;
  LZ4F_preferences_t preferences_;
  std::unique_ptr<LZ4F_cctx, FreeContext> context_;
  Bytes buffer_;
};

class Lz4Decoder : public ByteSource {
 public:
  explicit Lz4Decoder(StoredInput input) : input_(std::move(input)) {
    LZ4F_dctx* context = nullptr;
    must_succeed(LZ4F_createDecompressionContext(&context, LZ4F_VERSION), "begin");
    context_.reset(context);
  }

  std::size_t read(std::span<std::byte> buffer) override {
    if (!begun_) check_magic();
    std::size_t done = 0;
    while (done < buffer.size() && !ended_) done += step(buffer.subspan(done));
    return done;
  }

 private:
  // A skippable frame would be read as well.
  void check_magic() {
    const auto head = input_.peek(kMagic.size());
    if (head.size() < kMagic.size() || !std::equal(kMagic.begin(), kMagic.end(), head.begin())) {
      input_.fail("no lz4 frame begins here");
    }
    begun_ = true;
  }

  std::size_t step(std::span<std::byte> out) {
    const auto stored = input_.peek();
    auto consumed = stored.size();
    auto produced = out.size();
    const auto left =
        LZ4F_decompress(context_.get(), out.data(), &produced, stored.data(), &consumed, nullptr);
    if (LZ4F_isError(left) != 0) input_.fail(fmt::format("bad lz4 data: {}", LZ4F_getErrorName(left)));
    input_.consume(consumed);
    if (left == 0) {
      ended_ = true;
      input_.expect_end();
    } else if (stored.empty() && produced == 0) {
      input_.fail("the lz4 frame is cut off here");
    }
    return produced;
  }

  StoredInput input_;
  std::unique_ptr<LZ4F_dctx, FreeContext> context_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_lz4_encoder(int level, ByteSink& sink) {
  return std::make_unique<Lz4Encoder>(level, sink);
}

std::unique_ptr<ByteSource> make_lz4_decoder(StoredInput input) {
  return std::make_unique<Lz4Decoder>(std::move(input));
}

Bytes lz4_encode(int level, ByteView raw) {
  const auto chosen = preferences(level, raw.size());
  Bytes stored(LZ4F_compressFrameBound(raw.size(), &chosen));
  stored.resize(must_succeed(
      LZ4F_compressFrame(stored.data(), stored.size(), raw.data(), raw.size(), &chosen), "compress"));
  return stored;
}

}  // namespace pitr
