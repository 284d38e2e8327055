package hayloft.cli.admin;

import hayloft.filer.VolumeCatalog;
import hayloft.master.Master;
import hayloft.volume.store.VolumeStore;

/// The rooms that commands put together.
public record AdminRooms(VolumeCatalog catalog, VolumeStore volumes, Master master) {}
