#define _GNU_SOURCE
#include "host.h"

#include <coreclr_delegates.h>
#include <dlfcn.h>
#include <hostfxr.h>
#include <nethost.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096

static load_assembly_and_get_function_pointer_fn load;
static char folder[PATH_BYTES];

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ccwfuzz: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(CCWFUZZ_USAGE);
}

static const char *path_of(char *path, const char *name)
{
    if (snprintf(path, PATH_BYTES, "%s/%s", folder, name) >= PATH_BYTES)
        fail("the path of %s is too long", name);
    return path;
}

/* The folder of the library or program that this code is part of. */
static void find_folder(void)
{
    Dl_info info;
    char *resolved;
    if (!dladdr((void *)&ccwfuzz_function, &info) || !(resolved = realpath(info.dli_fname, NULL)))
        fail("cannot find the folder of ccwfuzz.dll");
    char *end = strrchr(resolved, '/');
    *end = '\0';
    if (strlen(resolved) >= sizeof folder)
        fail("the path of ccwfuzz.dll is too long");
    strcpy(folder, resolved);
    free(resolved);
}

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found)
        fail("the .NET host has no %s", name);
    return found;
}

static void start(void)
{
    char path[PATH_BYTES];
    size_t size = sizeof path;
    hostfxr_handle context = NULL;
    void *delegate = NULL;

    find_folder();
    if (get_hostfxr_path(path, &size, NULL) != 0)
        fail("there is no .NET on this machine; install the SDK, or set DOTNET_ROOT");
    void *library = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
    if (!library)
        fail("cannot load %s", path);

    hostfxr_initialize_for_runtime_config_fn initialize = symbol(library, "hostfxr_initialize_for_runtime_config");
    hostfxr_get_runtime_delegate_fn get_delegate = symbol(library, "hostfxr_get_runtime_delegate");
    hostfxr_close_fn close = symbol(library, "hostfxr_close");

    int status = initialize(path_of(path, "ccwfuzz.runtimeconfig.json"), NULL, &context);
    if (status < 0 || !context)
        fail("cannot start .NET for %s (0x%x); build first: dotnet build -c Release", path, status);
    status = get_delegate(context, hdt_load_assembly_and_get_function_pointer, &delegate);
    close(context);
    if (status != 0 || !delegate)
        fail("cannot start .NET (0x%x)", status);
    load = (load_assembly_and_get_function_pointer_fn)delegate;
}

void *ccwfuzz_function(const char *type, const char *method)
{
    char path[PATH_BYTES];
    char full[PATH_BYTES];
    void *function = NULL;

    if (!load)
        start();
    snprintf(full, sizeof full, "CcwFuzz.Harness.Engine.Native.%s, ccwfuzz", type);
    int status = load(path_of(path, "ccwfuzz.dll"), full, method, UNMANAGEDCALLERSONLY_METHOD, NULL, &function);
    if (status != 0 || !function)
        fail("%s has no %s.%s (0x%x); build first: dotnet build -c Release", path, type, method, status);
    return function;
}
