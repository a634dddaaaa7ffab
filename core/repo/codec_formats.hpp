#pragma once

#include "base/bytes.hpp"
#include "repo/codec.hpp"
#include "repo/stored_input.hpp"

#include <memory>
#include <optional>

namespace pitr {

// The compressed formats one by one; others go through repo/codec.hpp.
std::unique_ptr<Encoder> make_zstd_encoder(int level, ByteSink& sink);
std::unique_ptr<ByteSource> make_zstd_decoder(StoredInput input);
Bytes zstd_encode(int level, ByteView raw);
// Nothing when it is not one frame of exactly `size` bytes: make_zstd_decoder says why.
std::optional<Bytes> zstd_decode(ByteView stored, std::size_t size);

std::unique_ptr<Encoder> make_lz4_encoder(int level, ByteSink& sink);
std::unique_ptr<ByteSource> make_lz4_decoder(StoredInput input);
Bytes lz4_encode(int level, ByteView raw);

std::unique_ptr<Encoder> make_snappy_encoder(ByteSink& sink);
std::unique_ptr<ByteSource> make_snappy_decoder(StoredInput input);

}  // namespace pitr
