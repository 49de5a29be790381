/*
 * What Wine 8 lacks for programs made by Go 1.24 and later, as the DLL that
 * they load first of all. Newer ones have a DLL of that name; this one is then
 * used all the same.
 *
 *   bcryptprimitives.dll    is not there
 *   NtSetInformationFile    says "not implemented" of a class of information it
 *                           does not know, where Windows says "invalid class",
 *                           which is what Go takes the older way for
 *   CreateSymbolicLinkW     says it made a link and makes none; here it says
 *                           what Windows says to those who may not make one
 */
#include <windows.h>
#include <winternl.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
	return RtlGenRandom(data, (ULONG)size);
}

typedef NTSTATUS(WINAPI *set_information)(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, ULONG);

static set_information wines;

static NTSTATUS WINAPI set_information_file(HANDLE file, IO_STATUS_BLOCK *io, void *data, ULONG size, ULONG class)
{
	const NTSTATUS not_implemented = 0xC0000002, invalid_info_class = 0xC0000003;
	NTSTATUS status = wines(file, io, data, size, class);

	return status == not_implemented ? invalid_info_class : status;
}

static BOOLEAN WINAPI create_symbolic_link(LPCWSTR link, LPCWSTR target, DWORD flags)
{
	SetLastError(ERROR_PRIVILEGE_NOT_HELD);
	return FALSE;
}

/*
 * Room for a jump to anywhere, above a module and less than 4 GiB away from its
 * begin: as far as its table of functions reaches.
 */
static BYTE *room_above(BYTE *base)
{
	const ULONG_PTR step = 0x10000, reach = 0xffff0000;

	for (ULONG_PTR distance = step; distance < reach; distance += step) {
		BYTE *at = VirtualAlloc(base + distance, 16, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
		if (at)
			return at;
	}
	return NULL;
}

/* Makes GetProcAddress find another function: by way of a jump that is in reach. */
static BOOL replace(const char *dll, const char *name, void *with)
{
	BYTE *base = (BYTE *)GetModuleHandleA(dll);
	const IMAGE_NT_HEADERS *nt = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
	const IMAGE_EXPORT_DIRECTORY *exports =
		(void *)(base + nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress);
	DWORD *functions = (void *)(base + exports->AddressOfFunctions);
	const DWORD *names = (void *)(base + exports->AddressOfNames);
	const WORD *ordinals = (void *)(base + exports->AddressOfNameOrdinals);

	for (DWORD i = 0; i < exports->NumberOfNames; i++) {
		DWORD *slot = functions + ordinals[i], old;
		BYTE jump[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0}; /* mov rax, with; jmp rax */
		BYTE *at;

		if (lstrcmpA((const char *)base + names[i], name))
			continue;
		if (!(at = room_above(base)) || !VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &old))
			return FALSE;
		CopyMemory(jump + 2, &with, sizeof with);
		CopyMemory(at, jump, sizeof jump);
		*slot = (DWORD)(at - base);
		return VirtualProtect(slot, sizeof *slot, old, &old);
	}
	return FALSE;
}

/*
 * Makes the file that says that Wine has come as far as the program, whose own
 * the rest is. Go loads this DLL before any of its code has run.
 */
static void arrived(void)
{
	char name[MAX_PATH];
	DWORD n = GetEnvironmentVariableA("GILD_WINE_ARRIVED", name, sizeof name);

	if (n > 0 && n < sizeof name)
		CloseHandle(CreateFileA(name, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL));
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
	if (reason != DLL_PROCESS_ATTACH)
		return TRUE;
	arrived();
	wines = (set_information)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtSetInformationFile");
	return wines && replace("ntdll.dll", "NtSetInformationFile", set_information_file) &&
	       replace("kernel32.dll", "CreateSymbolicLinkW", create_symbolic_link);
}
