#pragma once

#include "base/bytes.hpp"
#include "model/payload.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace pitr {

// Where a payload lies in its object.
struct PayloadPlace {
  std::string key;
  std::uint64_t offset = 0;
};

// A payload's bytes as they are stored, each block checked against its hash before any of its bytes is given
// out, and the object's end against the recorded size before the end is reported. Throws Errc::corrupt,
// naming the object and the range of its bytes that is bad. The store must outlive the source.
std::unique_ptr<ByteSource> open_stored(const Store& store, const PayloadPlace& place,
                                        const PayloadManifest& manifest);

// Its raw bytes: decoded from the above, and size and hash of them checked before the end is reported.
std::unique_ptr<ByteSource> open_payload(const Store& store, const PayloadPlace& place,
                                         const PayloadManifest& manifest);

// Reads a source to its end; throws Errc::corrupt, naming `what`, when it is longer than limit.
Bytes read_all(ByteSource& source, std::uint64_t limit, const std::string& what);

// Writes what is left of a source into the sink; returns how many bytes that were.
std::uint64_t copy_all(ByteSource& source, ByteSink& sink);

}  // namespace pitr
