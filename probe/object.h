/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Watched objects: files that rules name, by whatever path they are opened. `settings.watched` has a bit for each
 * watched name of a file or its directory, and for each watched inode number; different values can share a bit. Regular
 * files in memory are watched, too, since a script may be run from memory through any link. So are files with another
 * name than the given path if its last part has the bit of a name: the path may have been rewritten. If a bit is set,
 * the event gets the real path: the path in `settings.objects` for a known inode or directory, otherwise the path in
 * its file system. src/source/syscall/watched/table.ts computes the same hashes.
 */
#pragma once

#include "file.h"

#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC 0x62656572
#define OBJECT_PROBES 8
/* Names of at least this length have no hash. */
#define MAX_HASHED_NAME 32

/* Why a file is watched: rules name it, or it is in memory. */
#define WATCHED_BY_RULE 1
#define WATCHED_IN_MEMORY 2

enum copy { COPY_FILE, COPY_INODE, COPY_DENTRY, COPY_PARENT };

/* Start and size of the part of each structure that is copied as a whole, which takes as long as reading one member. */
#define START_OF_COPY_FILE 0
#define START_OF_COPY_INODE bpf_core_field_offset(struct inode, i_sb)
#define START_OF_COPY_DENTRY bpf_core_field_offset(struct dentry, d_parent)
#define START_OF_COPY_PARENT START_OF_COPY_DENTRY
#define SIZE_OF_COPY_FILE 80
#define SIZE_OF_COPY_INODE 40
#define SIZE_OF_COPY_DENTRY 48
#define SIZE_OF_COPY_PARENT SIZE_OF_COPY_DENTRY

#define COPY_PART(s, which, from)                                                                                  \
	do {                                                                                                       \
		if (bpf_probe_read_kernel((s)->copies[which], SIZE_OF_##which, (void *)(from) + START_OF_##which)) \
			__builtin_memset((s)->copies[which], 0, SIZE_OF_##which);                                  \
	} while (0)

#define IS_COPIED(which, at, size) ((at) >= START_OF_##which && (at) + (size) <= START_OF_##which + SIZE_OF_##which)

/* A member in a copy, or read from the kernel if it is not there. The offset is known when the program is verified. */
#define MEMBER(s, which, type, from, member)                                                                       \
	(IS_COPIED(which, bpf_core_field_offset(type, member), sizeof(((type *)0)->member)) ?                      \
		 *(typeof(((type *)0)->member) *)&(s)                                                              \
			  ->copies[which][bpf_core_field_offset(type, member) - START_OF_##which] :                \
		 BPF_CORE_READ((type *)(from), member))

static __always_inline u32 hash_inode(u64 ino)
{
	return ino * 0x9e3779b97f4a7c15ull >> 48;
}

/* The hash of the first 16 bytes and the length of a name. */
static __always_inline u32 hash_name(u64 first, u64 second, u32 length)
{
	if (length < 8)
		first &= (1ull << 8 * length) - 1;
	if (length <= 8)
		second = 0;
	else if (length < 16)
		second &= (1ull << 8 * (length - 8)) - 1;
	return (first * 0xbf58476d1ce4e5b9ull + second * 0x94d049bb133111ebull + length * 0x9e3779b97f4a7c15ull) >> 48;
}

static __always_inline u32 is_watched(u32 hash)
{
	u32 word = hash >> 6;

	BOUND(word, WATCHED_BITS / 64 - 1);
	return settings.watched[word] >> (hash & 63) & 1;
}

/* The hash of the name of a copied dentry. Short names are in the dentry itself, after the inode. */
#define NAME_IN_COPY(s, which, from)                                                                               \
	hash_of_name((s)->copies[which], (u64)(from), MEMBER(s, which, struct dentry, from, d_name.len),           \
		     (u64)MEMBER(s, which, struct dentry, from, d_name.name))

static __always_inline u32 hash_of_name(u8 *copy, u64 dentry, u32 length, u64 text)
{
	u32 at = bpf_core_field_offset(struct dentry, d_inode) + sizeof(void *);

	if (length >= MAX_HASHED_NAME)
		return 0;
	/* a name outside the copied part replaces the copy of the dentry */
	if (!IS_COPIED(COPY_DENTRY, at, 16) || text != dentry + at) {
		at = START_OF_COPY_DENTRY;
		bpf_probe_read_kernel(copy, 16, (void *)text);
	}
	return hash_name(*(u64 *)&copy[at - START_OF_COPY_DENTRY], *(u64 *)&copy[at - START_OF_COPY_DENTRY + 8], length);
}

/*
 * The dentry of a file of an overlay in the layer that has it. The inode of an overlay begins with the plain inode; an
 * upper dentry follows, then the reference to the lower one: a structure with a number and a stack of (layer, dentry)
 * since Linux 6.5, a (layer, dentry) since 6.2, an inode before.
 */
static __always_inline struct dentry *dentry_in_layer(struct scratch *s, struct inode *inode)
{
	u64 *pointers = (u64 *)s->copies[COPY_DENTRY], *stack = (u64 *)s->copies[COPY_PARENT];

	if (bpf_probe_read_kernel(pointers, 24, (char *)inode + bpf_core_type_size(struct inode)))
		return NULL;
	if (pointers[0])
		return (void *)pointers[0];
	stack[0] = 0;
	bpf_probe_read_kernel(stack, 24, (void *)pointers[1]);
	if ((u32)stack[0] && (u32)stack[0] < 1024 && stack[2])
		return (void *)stack[2];
	return (void *)pointers[2];
}

static __always_inline void find_in_layer(struct scratch *s, struct inode *inode)
{
	struct object_found *o = &s->object;
	struct dentry *dentry = dentry_in_layer(s, inode);

	o->layer_ino = BPF_CORE_READ(dentry, d_inode, i_ino);
	o->layer_parent = BPF_CORE_READ(dentry, d_parent, d_inode, i_ino);
	o->layer_dev = device_number(BPF_CORE_READ(dentry, d_sb, s_dev));
	o->watched |= is_watched(hash_inode(o->layer_ino)) | is_watched(hash_inode(o->layer_parent));
}

/* Looks up a file: its device, inode, names and whether one of them is watched. Returns FMODE_* bits. */
static __always_inline u32 find_object(struct scratch *s, struct file *file)
{
	struct object_found *o = &s->object;
	struct dentry *dentry, *parent;
	struct super_block *sb;
	struct inode *inode;
	u32 dev;

	COPY_PART(s, COPY_FILE, file);
	inode = MEMBER(s, COPY_FILE, struct file, file, f_inode);
	dentry = MEMBER(s, COPY_FILE, struct file, file, f_path.dentry);
	o->mnt = (u64)MEMBER(s, COPY_FILE, struct file, file, f_path.mnt);
	o->dentry = (u64)dentry;
	COPY_PART(s, COPY_INODE, inode);
	sb = MEMBER(s, COPY_INODE, struct inode, inode, i_sb);
	o->ino = MEMBER(s, COPY_INODE, struct inode, inode, i_ino);
	o->links = MEMBER(s, COPY_INODE, struct inode, inode, i_nlink);
	dev = BPF_CORE_READ(sb, s_dev);
	if (o->sb != (u64)sb || o->sb_dev != dev) {
		o->sb = (u64)sb;
		o->sb_dev = dev;
		o->dev = device_number(dev);
		o->magic = BPF_CORE_READ(sb, s_magic);
		o->in_memory = is_in_memory(o->magic);
	}
	o->layer_ino = 0;
	o->watched = 0;
	if (settings.watching) {
		COPY_PART(s, COPY_DENTRY, dentry);
		parent = MEMBER(s, COPY_DENTRY, struct dentry, dentry, d_parent);
		COPY_PART(s, COPY_PARENT, parent);
		o->directory = (u64)MEMBER(s, COPY_PARENT, struct dentry, parent, d_inode);
		o->name_length = MEMBER(s, COPY_DENTRY, struct dentry, dentry, d_name.len);
		o->name = NAME_IN_COPY(s, COPY_DENTRY, dentry);
		o->watched = settings.watching >> 1 | is_watched(o->name) | is_watched(NAME_IN_COPY(s, COPY_PARENT, parent)) |
			     is_watched(hash_inode(o->ino));
		if (o->magic == OVERLAYFS_MAGIC)
			find_in_layer(s, inode);
		/* not the devices in /dev */
		if (o->in_memory && (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFREG)
			o->watched |= WATCHED_IN_MEMORY;
	}
	return MEMBER(s, COPY_FILE, struct file, file, f_mode);
}

/* Returns the index of a watched object in `settings.objects` plus one; 0 if there is none. */
static __always_inline u32 object_of(u64 ino, u32 dev)
{
	u32 hash = hash_inode(ino);

	if (!ino)
		return 0;
	for (u32 i = 0; i < OBJECT_PROBES; i++) {
		u32 at = hash + i;

		BOUND(at, OBJECTS - 1);
		if (settings.objects[at].ino == ino && settings.objects[at].dev == dev)
			return at + 1;
	}
	return 0;
}

static __always_inline u32 put_object_text(struct scratch *s, u32 place)
{
	u32 at = place - 1, text;

	BOUND(at, OBJECTS - 1);
	text = settings.objects[at].text;
	BOUND(text, OBJECT_TEXTS - 1);
	return put_kernel_text(s, &settings.object_texts[text], 256);
}

/* A file that has the inode number of an object but another name is a hard link, or a new file if the reader did not
 * keep the inode. */
static __always_inline bool is_object(struct object_found *o, u32 place)
{
	u32 at = place - 1;

	if (!place)
		return false;
	BOUND(at, OBJECTS - 1);
	return !settings.objects[at].name || settings.objects[at].name == o->name || o->links > 1;
}

static __always_inline u32 put_prefix(struct scratch *s, u32 prefix)
{
	put_u32(s, prefix);
	return 4;
}

/*
 * Puts the path of a file below the root of the mount that contains the root directory of the current thread, regardless of
 * other mounts of the file. For files on other file systems, or outside that root, it is the path through the mount with which
 * they were opened; for files on another overlay, the path in that overlay.
 */
static __always_inline u32 put_path_in_root(struct scratch *s, struct dentry *dentry)
{
	struct dentry *root = BPF_CORE_READ(current_task(), fs, root.mnt, mnt_root);
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	u64 mnt = s->object.mnt;
	u32 size;

	if (BPF_CORE_READ(root, d_sb) == sb) {
		size = put_path(s, 0, (u64)dentry, (u64)root);
		if (s->walk_met)
			return size;
		s->at -= size;
	} else if (s->object.magic == OVERLAYFS_MAGIC) {
		mnt = 0;
	}
	return put_path(s, mnt, (u64)dentry, 0);
}

/* Adds the real path of the file that find_object found. */
static __always_inline void put_real_path(struct scratch *s)
{
	struct object_found *o;
	struct inode *directory;
	struct dentry *dentry;
	u32 size, file, parent = 0;

	o = &s->object;
	dentry = (void *)o->dentry;
	file = object_of(o->ino, o->dev);
	directory = (void *)o->directory;
	if (settings.watching)
		parent = object_of(BPF_CORE_READ(directory, i_ino), o->dev);
	if (o->layer_ino) {
		if (!file)
			file = object_of(o->layer_ino, o->layer_dev);
		if (!parent)
			parent = object_of(o->layer_parent, o->layer_dev);
	}
	if (is_object(o, file)) {
		size = put_object_text(s, file);
	} else if (parent) {
		size = put_object_text(s, parent);
		if (size) {
			s->record[(s->at - 1) & MASK] = '/';
			size += put_kernel_text(s, BPF_CORE_READ(dentry, d_name.name), 256);
		}
	} else if (o->magic == PROC_SUPER_MAGIC) {
		/* "/pro", "c" */
		size = put_prefix(s, 0x6f72702f);
		put_u8(s, 'c');
		size += 1 + put_path(s, 0, o->dentry, 0);
	} else if (o->magic == SYSFS_MAGIC) {
		/* "/sys" */
		size = put_prefix(s, 0x7379732f);
		size += put_path(s, 0, o->dentry, 0);
	} else {
		size = put_path_in_root(s, dentry);
	}
	sized(s, size);
}

/* Looks up the device, inode and flags of the file that the call returned, which may be NULL. */
static __always_inline void look_up_file(struct scratch *s, struct file *file)
{
	enum layer layer;

	s->dev = 0;
	s->ino = 0;
	s->file_flags = 0;
	s->object.watched = 0;
	if (!file)
		return;
	if (find_object(s, file) & FMODE_CREATED)
		s->file_flags = TO_O_CREATED;
	if (s->ret == 0)
		return;
	s->ino = s->object.ino;
	s->dev = s->object.dev;
	layer = layer_of(file, NULL, s->object.magic);
	if (layer == UPPER_LAYER)
		s->file_flags |= TO_UPPER_LAYER;
	else if (layer == LOWER_LAYER)
		s->file_flags |= TO_LOWER_LAYER;
}

static __always_inline void look_up(struct scratch *s)
{
	look_up_file(s, file_of(s->ret));
}

static __always_inline u32 hash_in_record(struct scratch *s, u32 at, u32 length)
{
	return hash_name(*(u64 *)spot(s, at), *(u64 *)spot(s, at + 8), length);
}

/* Whether the last part of the given path is the name of the file. */
static __always_inline bool is_given_name(struct scratch *s)
{
	u32 length = s->object.name_length, at = s->given_end - 1 - length;

	if (length >= MAX_HASHED_NAME)
		return true;
	if (s->given_end - s->given_start <= length)
		return false;
	return (at == s->given_start || s->record[(at - 1) & MASK] == '/') && hash_in_record(s, at, length) == s->object.name;
}

/* The hash of the last part of the given path; 0 if it is long. */
static __always_inline u32 hash_of_given_name(struct scratch *s)
{
	u32 length, start = s->given_start, end = s->given_end;

	for (length = 0; length < MAX_HASHED_NAME; length++)
		if (end - 1 - length == start || s->record[(end - 2 - length) & MASK] == '/')
			break;
	if (!length || length == MAX_HASHED_NAME)
		return 0;
	return hash_in_record(s, end - 1 - length, length);
}

/* Watches the file if the last part of the given path is a watched name; determines whether the path can be rewritten. */
static __always_inline void check_given(struct scratch *s)
{
	if (!(s->object.watched & WATCHED_BY_RULE) && is_watched(hash_of_given_name(s)))
		s->object.watched |= WATCHED_BY_RULE;
	s->given_rewritable = s->object.watched & WATCHED_BY_RULE && is_rewritable(s->given_address);
}

enum object_step { OBJECT_LOOK_UP, OBJECT_ADD_REAL_PATH, OBJECT_CHECK_GIVEN };

/* A single function for all steps, since the number of functions and the stack of their callers are limited. */
SCRATCH_FUNCTION(object_step, (u32 step), (step))
{
	if (!s)
		return 0;
	if (step == OBJECT_LOOK_UP)
		look_up(s);
	else if (step == OBJECT_CHECK_GIVEN)
		check_given(s);
	else
		put_real_path(s);
	return 0;
}

static __always_inline void add_real_path(struct scratch *s)
{
	object_step(s, OBJECT_ADD_REAL_PATH);
}

/* Number of parameters that Eyas adds to an open: the real path, and whether the given path may have been rewritten. */
static __always_inline u32 own_of_opened(struct scratch *s)
{
	return settings.watching && s->ret >= 0 ? 2 : 0;
}

/* Adds these parameters, which are empty if the file is not watched. */
static __always_inline void add_watched_path(struct scratch *s, bool rewritable)
{
	if (s->object.watched) {
		add_real_path(s);
		add_u8(s, rewritable);
	} else {
		empty(s);
		empty(s);
	}
}

/*
 * Like add_watched_path, for a path in memory of the program, recorded after `before` bytes of other parameters. The
 * kernel read the path before the event was recorded, so the path may have been different.
 */
static __always_inline void add_watched_path_given(struct scratch *s, u32 parameters, u32 before, u64 address)
{
	s->given_start = PREFIX + HEADER + 2 * parameters + before;
	s->given_end = s->given_start + *(u16 *)spot(s, PREFIX + HEADER + before / sizeof(u64) * sizeof(u16));
	s->given_address = address;
	s->given_rewritable = 0;
	if (s->object.watched & WATCHED_BY_RULE || !is_given_name(s))
		object_step(s, OBJECT_CHECK_GIVEN);
	add_watched_path(s, s->given_rewritable);
}
