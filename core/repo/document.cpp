#include "repo/document.hpp"

#include "base/error.hpp"
#include "repo/stored_input.hpp"

#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::string_view kSumStart = R"(,"sum":")";
constexpr std::string_view kSumEnd = R"("})";
constexpr std::size_t kSumDigits = 32;
constexpr std::size_t kSumSize = kSumStart.size() + kSumDigits + kSumEnd.size();

std::string dump(const Json& object) {
  try {
    return object.dump();
  } catch (const Json::exception& e) {
    // Only text from outside, such as a path, can be so.
    throw Error(Errc::usage, fmt::format("text that is not valid UTF-8 cannot be stored: {}", e.what()));
  }
}

[[noreturn]] void fail(const std::string& what, std::string_view problem) {
  throw Error(Errc::corrupt, fmt::format("{}: {}", what, problem));
}

}  // namespace

std::string seal_json(const Json& object) {
  if (!object.is_object() || object.empty() || object.contains("sum")) {
    throw Error(Errc::internal, "only a JSON object with members, none of them 'sum', can be sealed");
  }
  auto text = dump(object);
  text.pop_back();
  const auto sum = digest_of(as_bytes(text)).hex();
  return text.append(kSumStart).append(sum).append(kSumEnd);
}

Digest sum_of(std::string_view sealed) {
  return Digest::from_hex(sealed.substr(sealed.size() - kSumEnd.size() - kSumDigits, kSumDigits));
}

SealedJson open_sealed_json(std::string_view text, const std::string& what) {
  if (text.size() <= kSumSize || !text.ends_with(kSumEnd)) fail(what, "does not end in a sum");
  const auto body = text.substr(0, text.size() - kSumSize);
  const auto tail = text.substr(body.size());
  if (!tail.starts_with(kSumStart)) fail(what, "does not end in a sum");
  const auto digest = digest_of(as_bytes(body));
  if (tail.substr(kSumStart.size(), kSumDigits) != digest.hex())
    fail(what, "its sum does not match its bytes");
  if (body.find('\n') != std::string_view::npos) fail(what, "is more than one line");
  auto object = parse_json(std::string(body) + '}', what);
  if (!object.is_object() || object.empty() || object.contains("sum"))
    fail(what, "is not an object with one sum");
  return {std::move(object), digest};
}

bool create_document(Store& store, const std::string& key, const Json& object) {
  const auto text = seal_json(object) + '\n';
  if (text.size() > kMaxDocumentSize) {
    throw Error(Errc::usage, fmt::format("{} would be {} bytes long; a document has at most {}", key,
                                         text.size(), kMaxDocumentSize));
  }
  MemorySource source(as_bytes(text));
  return store.create(key, source, text.size());
}

std::optional<Json> read_document(const Store& store, const std::string& key) {
  const auto bytes = store.read(key, 0, kMaxDocumentSize + 1);
  if (!bytes) return {};
  const auto text = as_text(*bytes);
  if (text.size() > kMaxDocumentSize) fail(key, fmt::format("is longer than {} bytes", kMaxDocumentSize));
  if (!text.ends_with('\n')) fail(key, "does not end in a newline");
  return open_sealed_json(text.substr(0, text.size() - 1), key).object;
}

}  // namespace pitr
