{
  "includes": ["native/sources.json"],
  "targets": [
    {
      "target_name": "thread-governor",
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "native"],
      "defines": ["NAPI_VERSION=<(napi_version)", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "sources": ["<@(addon_sources)", "<@(core_sources)"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra"],
      "xcode_settings": { "CLANG_CXX_LANGUAGE_STANDARD": "c++20", "GCC_ENABLE_CPP_EXCEPTIONS": "YES", "GCC_SYMBOLS_PRIVATE_EXTERN": "YES" },
      "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1, "AdditionalOptions": ["/std:c++20"] } },
      "conditions": [
        ["OS=='linux'", {
          "sources": ["<@(linux_sources)", "<@(lend_sources)"],
          "ldflags": ["-Wl,--version-script=../native/linux/exports.map"]
        }, { "sources": ["<@(unsupported_sources)"] }]
      ]
    }
  ],
  "conditions": [
    ["OS=='linux'", {
      "targets": [
        {
          "target_name": "lend",
          "type": "shared_library",
          "product_prefix": "",
          "product_dir": "<(PRODUCT_DIR)",
          "product_extension": "so",
          "include_dirs": ["native"],
          "sources": ["<@(preload_sources)", "<@(lend_sources)"],
          "cflags_c": ["-std=gnu11", "-O2", "-fvisibility=hidden", "-ftls-model=initial-exec", "-Wall", "-Wextra"],
          "ldflags!": ["-rdynamic"],
          "ldflags": ["-nodefaultlibs", "-Wl,--no-as-needed"],
          "libraries": ["<!(node -p \"process.report.getReport().header.glibcVersionRuntime ? '-l:libdl.so.2' : '-ldl'\")", "-lpthread", "-lc"]
        }
      ]
    }]
  ]
}
