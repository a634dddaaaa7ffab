#pragma once

#include <string>

namespace pitr {

// The key of an encrypted database, as the operator has it. Its text is never shown.
struct SourceKey {
  std::string text;
  std::string origin;  // for messages: "--source-key-file PATH" or "$VARIABLE"
};

}  // namespace pitr
