#pragma once

#include "model/catalogue.hpp"
#include "repo/repository_document.hpp"
#include "store/store.hpp"

namespace pitr {

// Repository::load_catalogue().
Catalogue load_catalogue(const Store& store, const RepositoryDocument& document);

}  // namespace pitr
