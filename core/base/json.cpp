#include "base/json.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::size_t kMaxDepth = 32;
// No object of ours has nearly as many; looking for a key given twice takes time quadratic in this.
constexpr std::size_t kMaxMembers = 1000;

// Builds the value. Pointers to open containers stay good: a container grows only while it is the innermost
// open one.
class Builder : public Json::json_sax_t {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto& members = open_.back()->get_ref<const Json::object_t&>();
    const auto has_name = [&](const auto& member) { return member.first == name; };
    if (std::any_of(members.begin(), members.end(), has_name)) {
      return refuse(fmt::format("the key \"{}\" is given twice", name));
    }
    if (members.size() >= kMaxMembers)
      return refuse(fmt::format("an object of more than {} members", kMaxMembers));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return refuse(fmt::format("not JSON at byte {}", position));
  }

  Json root;
  std::string problem;

 private:
  bool refuse(std::string why) {
    problem = std::move(why);
    return false;
  }

  Json* place(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      auto& elements = parent.get_ref<Json::array_t&>();
      elements.push_back(std::move(value));
      return &elements.back();
    }
    auto& members = parent.get_ref<Json::object_t&>();
    members.emplace_back(std::move(key_), std::move(value));
    return &members.back().second;
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= kMaxDepth) return refuse(fmt::format("nested deeper than {} levels", kMaxDepth));
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Json*> open_;
  std::string key_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
  // The parser takes a NUL for the end, and passes over a byte order mark.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos)
    throw Error(Errc::corrupt, fmt::format("{}: not JSON at byte {}", what, nul));
  if (text.substr(0, 1) == "\xEF") throw Error(Errc::corrupt, fmt::format("{}: not JSON at byte 0", what));
  Builder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    throw Error(Errc::corrupt, fmt::format("{}: {}", what, builder.problem));
  }
  return std::move(builder.root);
}

JsonReader::JsonReader(const Json& object, std::string what) : object_(&object), what_(std::move(what)) {
  if (!object.is_object()) throw Error(Errc::corrupt, fmt::format("{}: not a JSON object", what_));
}

void JsonReader::fail(const char* key, std::string_view problem) const {
  throw Error(Errc::corrupt, fmt::format("{}: \"{}\" {}", what_, key, problem));
}

bool JsonReader::has(const char* key) const { return object_->contains(key); }

const Json& JsonReader::member(const char* key) const {
  const auto it = object_->find(key);
  if (it == object_->end()) fail(key, "is missing");
  return *it;
}

JsonReader JsonReader::object(const char* key) const {
  const Json& value = member(key);
  if (!value.is_object()) fail(key, "is not an object");
  return {value, fmt::format("{}, {}", what_, key)};
}

const Json& JsonReader::array(const char* key) const {
  const Json& value = member(key);
  if (!value.is_array()) fail(key, "is not an array");
  return value;
}

std::string JsonReader::string(const char* key) const {
  const Json& value = member(key);
  if (!value.is_string()) fail(key, "is not a string");
  return value.get<std::string>();
}

std::optional<std::string> JsonReader::string_or_null(const char* key) const {
  if (!has(key) || member(key).is_null()) return std::nullopt;
  return string(key);
}

std::uint64_t JsonReader::u64(const char* key) const {
  const Json& value = member(key);
  // Numbers made by the program itself may be signed.
  if (value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() > 0)) {
    return value.get<std::uint64_t>();
  }
  fail(key, "is not a whole number from 0 to 18446744073709551615");
}

std::optional<std::uint64_t> JsonReader::u64_or_null(const char* key) const {
  if (!has(key) || member(key).is_null()) return std::nullopt;
  return u64(key);
}

std::uint32_t JsonReader::u32(const char* key) const {
  const std::uint64_t value = u64(key);
  if (value > std::numeric_limits<std::uint32_t>::max())
    fail(key, fmt::format("is {}, above 4294967295", value));
  return static_cast<std::uint32_t>(value);
}

bool JsonReader::boolean(const char* key) const {
  const Json& value = member(key);
  if (!value.is_boolean()) fail(key, "is neither true nor false");
  return value.get<bool>();
}

Timestamp JsonReader::time(const char* key) const {
  const std::string text = string(key);
  try {
    return parse_stored_time(text);
  } catch (const Error& e) {
    fail(key, fmt::format("is {}", e.what()));
  }
}

std::optional<Timestamp> JsonReader::time_or_null(const char* key) const {
  if (!has(key) || member(key).is_null()) return std::nullopt;
  return time(key);
}

}  // namespace pitr
