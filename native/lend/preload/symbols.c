#define _GNU_SOURCE
#include "lend/preload/symbols.h"

#include <elf.h>
#include <link.h>
#include <string.h>

struct Tables {
  uintptr_t base;
  const ElfW(Sym) * symbols;
  const char* strings;
  const uint32_t* hashes;
};

// glibc has added the base to the addresses in the dynamic section, musl has not.
static uintptr_t in_memory(uintptr_t base, uintptr_t address) { return address < base ? base + address : address; }

static int tables_of(const struct dl_phdr_info* info, struct Tables* tables) {
  *tables = (struct Tables){.base = info->dlpi_addr};
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn)* entry = (const ElfW(Dyn)*)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      const uintptr_t address = in_memory(info->dlpi_addr, entry->d_un.d_ptr);
      if (entry->d_tag == DT_SYMTAB) tables->symbols = (const ElfW(Sym)*)address;
      if (entry->d_tag == DT_STRTAB) tables->strings = (const char*)address;
      if (entry->d_tag == DT_GNU_HASH) tables->hashes = (const uint32_t*)address;
    }
  }
  return tables->symbols && tables->strings && tables->hashes;
}

static uint32_t hash_of(const char* name) {
  uint32_t hash = 5381;
  for (; *name; name++) hash = hash * 33 + (unsigned char)*name;
  return hash;
}

// The hash table's layout: number of buckets, first hashed symbol, words of the filter, its shift; the filter, the
// buckets, and a chain of hashes whose lowest bit ends it.
static uintptr_t address_of(const struct Tables* tables, const char* name) {
  const uint32_t* table = tables->hashes;
  const uint32_t buckets = table[0], first = table[1], words = table[2];
  const uint32_t* bucket = table + 4 + words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
  const uint32_t* chain = bucket + buckets;
  if (buckets == 0) return 0;
  const uint32_t hash = hash_of(name);
  uint32_t index = bucket[hash % buckets];
  if (index < first) return 0;
  for (;; index++) {
    const uint32_t found = chain[index - first];
    const ElfW(Sym)* symbol = &tables->symbols[index];
    const int same = (found | 1) == (hash | 1) && strcmp(tables->strings + symbol->st_name, name) == 0;
    if (same && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0) return tables->base + symbol->st_value;
    if (found & 1) return 0;
  }
}

struct Search {
  const char* const* names;
  size_t count;
  void (*found)(const struct FoundSymbols*, void*);
  void* data;
};

static int search_one(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  const struct Search* search = data;
  struct Tables tables;
  struct FoundSymbols found = {{0}};
  if (!tables_of(info, &tables)) return 0;
  found.address[0] = address_of(&tables, search->names[0]);
  if (found.address[0] == 0) return 0;
  for (size_t i = 1; i < search->count; i++) found.address[i] = address_of(&tables, search->names[i]);
  search->found(&found, search->data);
  return 0;
}

void find_symbols(const char* const* names, size_t count, void (*found)(const struct FoundSymbols*, void*),
                  void* data) {
  struct Search search = {names, count, found, data};
  dl_iterate_phdr(search_one, &search);
}

struct Import {
  const char *function, *imported;
  bool found;
};

// Symbols that the hash table leaves out come first, and imported ones are among them.
static int has_import(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  struct Import* import = data;
  struct Tables tables;
  if (!tables_of(info, &tables) || address_of(&tables, import->function) == 0) return 0;
  for (uint32_t i = 1; i < tables.hashes[1] && !import->found; i++)
    import->found = strcmp(tables.strings + tables.symbols[i].st_name, import->imported) == 0;
  return import->found;
}

bool has_and_imports(const char* function, const char* imported) {
  struct Import import = {function, imported, false};
  dl_iterate_phdr(has_import, &import);
  return import.found;
}

static int count_loaded(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  *(uint64_t*)data = info->dlpi_adds + info->dlpi_subs;
  return 1;
}

uint64_t loaded_libraries(void) {
  uint64_t count = 0;
  dl_iterate_phdr(count_loaded, &count);
  return count;
}

struct Range {
  const char* name;
  struct CodeRange range;
};

static int range_if_defined(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  struct Range* wanted = data;
  struct Tables tables;
  if (!tables_of(info, &tables) || address_of(&tables, wanted->name) == 0) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)* part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    wanted->range.from = info->dlpi_addr + part->p_vaddr;
    wanted->range.to = wanted->range.from + part->p_memsz;
  }
  return 1;
}

struct CodeRange range_of(const char* name) {
  struct Range wanted = {name, {0, 0}};
  dl_iterate_phdr(range_if_defined, &wanted);
  return wanted.range;
}
