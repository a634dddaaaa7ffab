#include "repo/payload_builder.hpp"

#include <algorithm>

namespace pitr {

void StoredBlocks::write(ByteView bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<std::size_t>(kPayloadBlock - block_.size(), bytes.size()));
    append(block_, part);
    bytes = bytes.subspan(part.size());
    if (block_.size() == kPayloadBlock) end_block();
  }
}

void StoredBlocks::finish() {
  if (!block_.empty()) end_block();
  block_ = {};
}

void StoredBlocks::end_block() {
  hashes_.push_back(hash64_of(block_));
  spool_.write(block_);
  block_.clear();
}

PayloadBuilder::PayloadBuilder(const Codec& codec) : encoder_(make_encoder(codec, blocks_)) {
  manifest_.codec = codec_name(codec.kind);
}

void PayloadBuilder::write(ByteView raw) {
  count(raw);
  encoder_->write(raw);
}

void PayloadBuilder::finish() {
  encoder_->finish();
  end();
}

void PayloadBuilder::finish_with(ByteView raw) {
  count(raw);
  encoder_->finish_with(raw);
  end();
}

void PayloadBuilder::count(ByteView raw) {
  digest_.update(raw);
  manifest_.size += raw.size();
}

void PayloadBuilder::end() {
  encoder_.reset();
  blocks_.finish();
  manifest_.stored_size = stored().size();
  manifest_.xxh3 = digest_.digest();
  manifest_.block_hashes = blocks_.hashes();
}

}  // namespace pitr
