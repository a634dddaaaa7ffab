#include "repo/sealed.hpp"

#include "base/error.hpp"
#include "repo/document.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::uint64_t kPrefixSize = 8;

// Holds all but the largest manifests, and is one request.
constexpr std::uint64_t kFirstRead = std::uint64_t{32} * 1024;

bool has_newline_byte(std::uint32_t value) {
  for (int byte = 0; byte < 4; ++byte, value >>= 8U) {
    if ((value & 0xffU) == 0x0aU) return true;
  }
  return false;
}

// The length of a sealed JSON of this size, its spaces and its newline. In 64 bits, as it may exceed the
// limit.
std::uint64_t padded_size(std::uint64_t json_size) {
  auto size = json_size + 1;
  while (has_newline_byte(static_cast<std::uint32_t>(size))) ++size;
  return size;
}

[[noreturn]] void fail(const std::string& key, std::string_view problem) {
  throw Error(Errc::corrupt, fmt::format("{}: {}", key, problem));
}

std::uint32_t read_length(ByteView prefix, const std::string& key) {
  if (prefix.size() < kPrefixSize) fail(key, fmt::format("is only {} bytes long", prefix.size()));
  if (load_le32(prefix.data()) != kSkippableMagic) fail(key, "does not begin with a manifest");
  const auto length = load_le32(prefix.data() + 4);
  if (length > kMaxManifestSize) fail(key, fmt::format("claims a manifest of {} bytes", length));
  return length;
}

std::string_view json_of(std::string_view line, const std::string& key) {
  if (!line.ends_with('\n')) fail(key, "its manifest does not end in a newline");
  const auto end = line.find_last_not_of(' ', line.size() - 2);
  const auto json = line.substr(0, end == std::string_view::npos || line.size() < 2 ? 0 : end + 1);
  if (padded_size(json.size()) != line.size()) fail(key, "its manifest is not padded as it should be");
  return json;
}

class HeaderThenPayload : public ByteSource {
 public:
  HeaderThenPayload(ByteView header, ByteSource& payload) : header_(header), payload_(payload) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (header_.empty()) return payload_.read(buffer);
    const auto count = std::min(header_.size(), buffer.size());
    std::copy_n(header_.begin(), count, buffer.begin());
    header_ = header_.subspan(count);
    return count;
  }

 private:
  ByteView header_;
  ByteSource& payload_;
};

}  // namespace

Bytes sealed_header(const Json& manifest) {
  auto line = seal_json(manifest);
  const auto size = padded_size(line.size());
  if (size > kMaxManifestSize) {
    throw Error(Errc::internal, fmt::format("a manifest of {} bytes is too long to be stored", size));
  }
  line.resize(size - 1, ' ');
  line += '\n';
  Bytes header(kPrefixSize);
  store_le32(header.data(), kSkippableMagic);
  store_le32(header.data() + 4, static_cast<std::uint32_t>(size));
  append(header, as_bytes(line));
  return header;
}

std::optional<SealedHeader> read_sealed_header(const Store& store, const std::string& key) {
  auto bytes = store.read(key, 0, kFirstRead);
  if (!bytes) return {};
  const auto length = read_length(*bytes, key);
  const auto end = kPrefixSize + length;
  if (bytes->size() < end && bytes->size() == kFirstRead) {
    const auto rest = store.read(key, kFirstRead, end - kFirstRead);
    if (rest) append(*bytes, *rest);
  }
  if (bytes->size() < end) fail(key, fmt::format("ends at byte {}, inside its manifest", bytes->size()));
  const auto line = as_text(*bytes).substr(kPrefixSize, length);
  auto sealed = open_sealed_json(json_of(line, key), key);
  return SealedHeader{std::move(sealed.object), sealed.sum, end};
}

std::optional<SealedObject> create_sealed(Store& store, const std::string& key, const Json& manifest,
                                          const Spool& payload) {
  const auto header = sealed_header(manifest);
  const auto json = json_of(as_text(header).substr(kPrefixSize), key);
  const auto stored = payload.source();
  HeaderThenPayload source(header, *stored);
  const auto size = header.size() + payload.size();
  if (!store.create(key, source, size)) return {};
  return SealedObject{sum_of(json), header.size(), size};
}

}  // namespace pitr
