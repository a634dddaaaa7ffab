#include "engine/sochdb/sample.hpp"

#include "model/fields.hpp"

namespace pitr::sochdb {

Json to_json(const Sample& sample) { return {{"size", sample.size}, {"xxh3", sample.digest.hex()}}; }

Sample sample_from_json(const JsonReader& json) {
  const Sample sample{json.u64("size"), read_digest(json, "xxh3")};
  if (sample.size > kMaxSample) json.fail("size", "is larger than any sample is");
  return sample;
}

}  // namespace pitr::sochdb
