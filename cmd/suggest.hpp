#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pitr::cmd {

// The known word that `word` is most likely a misspelling of; empty when none is close.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace pitr::cmd
