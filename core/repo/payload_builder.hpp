#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "model/payload.hpp"
#include "repo/codec.hpp"
#include "repo/spool.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace pitr {

// Holds a payload's bytes as they will be stored, and hashes their blocks.
class StoredBlocks : public ByteSink {
 public:
  explicit StoredBlocks(std::uint64_t memory_limit = Spool::kMemoryLimit) : spool_(memory_limit) {}
  void write(ByteView bytes) override;
  // Ends the last block. After it nothing may be written.
  void finish();
  [[nodiscard]] const std::vector<std::uint64_t>& hashes() const { return hashes_; }
  [[nodiscard]] const Spool& spool() const { return spool_; }

 private:
  void end_block();

  Spool spool_;
  Bytes block_;
  std::vector<std::uint64_t> hashes_;
};

// Takes raw bytes, and holds them encoded until they are stored: hashes on both sides of the codec.
class PayloadBuilder : public ByteSink {
 public:
  explicit PayloadBuilder(const Codec& codec);
  PayloadBuilder(const PayloadBuilder&) = delete;  // the encoder writes to this very object
  PayloadBuilder& operator=(const PayloadBuilder&) = delete;
  void write(ByteView raw) override;
  // Ends the payload. After it only manifest() and stored() may be called.
  void finish();
  // The same, with these as the last raw bytes; cheapest where they are all there are.
  void finish_with(ByteView raw);
  [[nodiscard]] const PayloadManifest& manifest() const { return manifest_; }
  [[nodiscard]] const Spool& stored() const { return blocks_.spool(); }

 private:
  void count(ByteView raw);
  void end();

  StoredBlocks blocks_;
  std::unique_ptr<Encoder> encoder_;
  DigestStream digest_;
  PayloadManifest manifest_;
};

}  // namespace pitr
