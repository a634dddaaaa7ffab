#include "engine/sochdb/frame_formats.hpp"

#include "base/error.hpp"
#include "engine/sochdb/keyring.hpp"
#include "engine/sochdb/operator_key.hpp"
#include "engine/sochdb/sealed_frames.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

DataKey unlock_with(const SourceKey& key, const Keyring& keyring, const std::string& what) {
  try {
    return unlock(keyring, parse_operator_key(key.text), what);
  } catch (const Error& error) {
    if (error.code() != Errc::usage) throw;
    throw Error(error.code(), fmt::format("{}: {}", key.origin, error.what()), error.hint());
  }
}

}  // namespace

std::unique_ptr<FrameFormat> frame_format_of(const std::optional<std::string>& keyring, const SourceKey* key,
                                             const std::string& what) {
  if (!keyring) return std::make_unique<PlainFrames>();
  const Keyring parsed = parse_keyring(*keyring, what);
  if (key == nullptr) return std::make_unique<SealedFrames>();
  return std::make_unique<OpenedFrames>(unlock_with(*key, parsed, what));
}

}  // namespace pitr::sochdb
