#include "fixture.hpp"

#include "base/digest.hpp"
#include "base/file.hpp"
#include "engine/sochdb/crc32.hpp"
#include "engine/sochdb/sealed_frames.hpp"

#include <algorithm>

#include <boost/filesystem/operations.hpp>

namespace pitr::sochdb::test {

namespace {

const fs::path kFixtures = fs::path(PITRCTL_FIXTURES) / "sochdb";

void add_number(std::string& text, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> static_cast<unsigned>(8 * i) & 0xFFU);
}

}  // namespace

std::string fixture(const std::string& name) {
  return std::string(as_text(read_whole_file(kFixtures / name)));
}

std::unique_ptr<FrameFormat> Case::format() const {
  if (key) return std::make_unique<OpenedFrames>(*key);
  return std::make_unique<PlainFrames>();
}

Case load_case(const std::string& name) {
  Case loaded{name, fixture(name + "/wal.log"), parse_json(fixture(name + "/expected.json"), name), {}};
  if (loaded.expected.contains("encryption")) {
    const SecretKey operator_key(from_hex(loaded.expected["encryption"]["kek_hex"].get<std::string>()));
    loaded.key = unlock(parse_keyring(fixture(name + "/keyring.json"), "k"), operator_key, "k");
  }
  return loaded;
}

std::vector<Case> all_cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    if (fs::exists(entry.path() / "wal.log")) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  std::vector<Case> cases;
  cases.reserve(names.size());
  for (const std::string& name : names) cases.push_back(load_case(name));
  return cases;
}

std::uint64_t number(const Json& text) { return std::stoull(text.get<std::string>()); }

LogFacts facts_of(const std::string& log, FrameFormat& format) {
  MemorySource source(log);
  LogReader reader(source, format);
  return read_log_facts(reader);
}

std::string record_text(RecordType type, std::uint64_t xid, std::uint64_t time_us, const std::string& key,
                        const std::string& value) {
  std::string text(1, static_cast<char>(type));
  add_number(text, xid, 8);
  add_number(text, time_us, 8);
  add_number(text, key.size(), 4);
  add_number(text, value.size(), 4);
  text += key + value;
  add_number(text, crc32(as_bytes(text)), 4);
  return text;
}

std::string framed(const std::string& content) {
  std::string frame;
  add_number(frame, content.size(), 4);
  return frame + content;
}

}  // namespace pitr::sochdb::test
