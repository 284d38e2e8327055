package hayloft.cli.admin;

import hayloft.common.directory.StoreDirectories;
import hayloft.filer.VolumeCatalog;
import hayloft.master.Master;
import hayloft.volume.store.VolumeStore;

/// The rooms that commands put together, and the directories that they are in.
public record AdminRooms(VolumeCatalog catalog, VolumeStore volumes, Master master,
    StoreDirectories directories) {}
