#pragma once

#include "base/bytes.hpp"
#include "base/worker_pool.hpp"
#include "model/snapshot_manifest.hpp"
#include "repo/repository.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <string>
#include <vector>

namespace pitr {

// Puts chunks into packs. Chunks are encoded one by one, and packs stored, on `jobs` threads while the caller
// goes on; it is held up so that no more than about `jobs` packs are in memory. A failure on a thread reaches
// the caller with a later call.
class PackWriter {
 public:
  // Once a pack holds this many raw bytes the next begins.
  static constexpr std::uint64_t kPackSize = std::uint64_t{64} * 1024 * 1024;

  PackWriter(const Repository& repository, std::string snapshot_id, std::size_t jobs);

  // Which pack a chunk is in, both numbered from 0.
  struct Slot {
    std::uint32_t pack = 0;
    std::size_t chunk = 0;
  };
  Slot add(Bytes raw);

  struct StoredPack {
    PackReference reference;
    std::vector<std::uint32_t> chunk_sizes;  // as stored, one after the other
  };
  // Waits until all packs are durable. After it nothing may be added.
  [[nodiscard]] std::vector<StoredPack> finish();

 private:
  struct OpenPack {
    std::uint32_t number = 0;
    std::vector<std::future<Bytes>> chunks;
    std::size_t awaited = 0;
    DigestStream digest;
    std::uint64_t size = 0;
  };

  void close_pack();
  void await_one_pack();
  [[nodiscard]] StoredPack store(OpenPack& pack) const;

  const Repository& repository_;
  std::string snapshot_id_;
  std::size_t jobs_;
  OpenPack open_;
  std::deque<std::future<StoredPack>> storing_;
  std::vector<StoredPack> stored_;
  WorkerPool pool_;  // last, so that its tasks end before what they use does
};

}  // namespace pitr
